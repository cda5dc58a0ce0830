import { RareLog } from './rare-log';

describe('RareLog', () => {
  it('says when a line is due and how many it stands for, for each key', () => {
    let now = 0;
    const log = new RareLog(1_000, { now: () => now });
    expect([log.due('a'), log.due('a'), log.due('b'), log.due('a')]).toEqual([1, undefined, 1, undefined]);
    now = 1_000;
    expect([log.due('a'), log.due('a'), log.due('b')]).toEqual([3, undefined, 1]);
  });
});
