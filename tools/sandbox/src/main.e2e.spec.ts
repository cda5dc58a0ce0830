import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const main = join(__dirname, '..', 'dist', 'main.js');
const started: ChildProcessWithoutNullStreams[] = [];

/** A failed expectation must not leave its process behind. */
afterAll(() => started.forEach((child) => child.kill('SIGKILL')));

function start(...flags: string[]): { child: ChildProcessWithoutNullStreams; lines: AsyncIterator<string> } {
  const child = spawn(process.execPath, [main, ...flags]);
  started.push(child);
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

it.each(['SIGTERM', 'SIGINT'] as const)('says where it listens, and ends with 0 after %s', async (signal) => {
  const { child, lines } = start('--port', '0', '--seed', '7');
  const first = await lines.next();
  const ready = JSON.parse(String(first.value)) as { url: string };
  expect(ready).toMatchObject({
    level: 30,
    msg: 'sandbox ready',
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
  });
  expect((await fetch(`${ready.url}/health/ready`)).status).toBe(200);
  child.kill(signal);
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it('says that the port is taken, and ends with 1', async () => {
  const one = start();
  const first = await one.lines.next();
  const { url } = JSON.parse(String(first.value)) as { url: string };
  const two = start('--port', new URL(url).port);
  const [line, [code]] = await Promise.all([two.lines.next(), once(two.child, 'exit')]);
  expect(JSON.parse(String(line.value))).toMatchObject({
    level: 60,
    msg: expect.stringContaining('EADDRINUSE'),
  });
  expect(code).toBe(1);
  one.child.kill('SIGTERM');
  expect(await once(one.child, 'exit')).toEqual([0, null]);
});
