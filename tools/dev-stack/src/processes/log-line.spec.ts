import { readableLogLine } from './log-line';

const time = new Date(2026, 2, 1, 9, 5, 7).getTime();
const plain = { colour: false };

describe('readableLogLine', () => {
  it.each([
    {
      name: 'shows time, service, level, message and fields, without the plumbing',
      line: {
        level: 30,
        time,
        pid: 7,
        hostname: 'h',
        name: 'click-service',
        msg: 'link stock refilled',
        count: 40,
      },
      shown: '09:05:07 click-service       INFO  link stock refilled count=40',
    },
    {
      name: 'quotes only what needs it, and shows objects as JSON',
      line: { level: 40, time, msg: 'slow', topic: 'a.b.v1', why: 'no answer', at: { partition: 3 } },
      shown: '09:05:07 click-service       WARN  slow topic=a.b.v1 why="no answer" at={"partition":3}',
    },
    {
      name: 'shows an error with its stack, indented',
      line: { level: 50, time, msg: 'failed', err: { message: 'boom', stack: 'Error: boom\n    at x' } },
      shown: '09:05:07 click-service       ERROR failed \n    Error: boom\n        at x',
    },
  ])('$name', ({ line, shown }) => {
    expect(readableLogLine('click-service', JSON.stringify(line), plain)).toBe(shown);
  });

  it.each(['plain words', '{"half": ', ''])('passes on what is no JSON: %j', (line) => {
    expect(readableLogLine('kafka', line, plain)).toMatch(/^\d\d:\d\d:\d\d kafka {15}INFO /);
    expect(readableLogLine('kafka', line, plain).endsWith(line)).toBe(true);
  });

  it('shows errors in red on a terminal', () => {
    const line = JSON.stringify({ level: 60, time, msg: 'gone' });
    expect(readableLogLine('dashboard', line, { colour: true })).toContain('\u001b[31mFATAL gone\u001b[0m');
  });
});
