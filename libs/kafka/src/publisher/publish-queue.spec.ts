import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Overloaded, PublishTimeout } from './publish-errors';
import { PublishQueue } from './publish-queue';
import type { PublishableRecord } from './record';

const record = (key: string): PublishableRecord => ({ topic: 't', key, value: null });
const NO_LIMIT = { maxRecords: 1_000, maxBytes: 1_000_000 };

function newQueue(limits = NO_LIMIT) {
  const timeouts: boolean[] = [];
  return { queue: new PublishQueue(limits, (mayBeWritten) => timeouts.push(mayBeWritten)), timeouts };
}
const add = (queue: PublishQueue, keys: readonly string[], bytes = 10, deadlineMs = 1_000): Promise<void> =>
  queue.add(
    keys.map(record),
    keys.map(() => bytes),
    deadlineMs,
  );
const keysOf = (batch: readonly { record: PublishableRecord }[]) => batch.map((entry) => entry.record.key);

describe('PublishQueue', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('hands out in order, by count and by bytes, and one that is larger than a batch by itself', async () => {
    const { queue } = newQueue();
    const calls = [add(queue, ['a', 'b', 'c'], 10), add(queue, ['large'], 5_000), add(queue, ['d'], 10)];
    const batches = [];
    while (queue.length > 0) batches.push(queue.take({ maxRecords: 2, maxBytes: 1_000 }));
    expect(batches.map(keysOf)).toEqual([['a', 'b'], ['c'], ['large'], ['d']]);
    for (const entry of batches.flat()) queue.succeed(entry);
    await Promise.all(calls);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('refuses a call that does not fit whole, by count or bytes, and takes one again when there is room', async () => {
    const { queue } = newQueue({ maxRecords: 3, maxBytes: 100 });
    const first = add(queue, ['a', 'b']);
    expect(() => queue.add([record('c'), record('d')], [10, 10], 1_000)).toThrow(Overloaded);
    expect(() => queue.add([record('c')], [90], 1_000)).toThrow(Overloaded);
    for (const entry of queue.take(NO_LIMIT)) queue.succeed(entry);
    await first;
    const second = add(queue, ['c', 'd', 'e']);
    for (const entry of queue.take(NO_LIMIT)) queue.succeed(entry);
    await second;
  });

  it('withdraws at the deadline what still waits', async () => {
    const { queue, timeouts } = newQueue();
    const settled = expect(add(queue, ['a'], 10, 50)).rejects.toMatchObject({ mayBeWritten: false });
    jest.advanceTimersByTime(50);
    await settled;
    expect(timeouts).toEqual([false]);
    expect(queue.length).toBe(0);
    expect(queue.take(NO_LIMIT)).toEqual([]);
  });

  it('lets go of the records of expired calls although nobody takes, as in an outage of Kafka', async () => {
    jest.useRealTimers();
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { queue } = newQueue();
    const waiting = add(queue, ['waits'], 10, 60_000);
    const expired: WeakRef<PublishableRecord>[] = [];
    for (let call = 0; call < 20; call += 1) {
      const records = [record('a'), record('b')];
      expired.push(...records.map((one) => new WeakRef(one)));
      await expect(queue.add(records, [10, 10], 1)).rejects.toThrow(PublishTimeout);
    }
    await setImmediate();
    collect();
    // Although one that still waits stands before all of them.
    expect(expired.filter((one) => one.deref() !== undefined).length).toBeLessThan(5);
    const rest = queue.take(NO_LIMIT);
    expect(keysOf(rest)).toEqual(['waits']);
    for (const entry of rest) queue.succeed(entry);
    await waiting;
  });

  it.each([
    { name: 'all of it is out', taken: 2 },
    { name: 'a part of it is out', taken: 1 },
  ])('says that the outcome is unknown when $name', async ({ taken }) => {
    const { queue } = newQueue();
    const call = add(queue, ['a', 'b'], 10, 50);
    const failed = expect(call).rejects.toMatchObject({ mayBeWritten: true });
    const batch = queue.take({ maxRecords: taken, maxBytes: 1_000 });
    jest.advanceTimersByTime(50);
    await failed;
    await expect(call).rejects.toBeInstanceOf(PublishTimeout);
    for (const entry of batch) queue.succeed(entry);
    expect(queue.length).toBe(0);
  });

  it('takes what waits of a call with it when a part of it has failed: order would be lost otherwise', async () => {
    const { queue } = newQueue();
    const failed = expect(add(queue, ['a', 'b', 'c'])).rejects.toThrow('no');
    const other = add(queue, ['d']);
    const [entry] = queue.take({ maxRecords: 1, maxBytes: 1_000 });
    if (entry === undefined) throw new Error('nothing to take');
    queue.fail(entry, new Error('no'));
    const rest = queue.take(NO_LIMIT);
    expect(keysOf(rest)).toEqual(['d']);
    await failed;
    for (const one of rest) queue.succeed(one);
    await other;
  });
});
