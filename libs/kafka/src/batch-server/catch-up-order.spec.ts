import { CatchUpOrder } from './catch-up-order';

/** Remembers what is paused, as the consumer does. */
function orderOver(topics: readonly string[]): { order: CatchUpOrder; paused: Set<string> } {
  const paused = new Set<string>();
  const order = new CatchUpOrder(topics, 500, {
    pause: (places) => {
      for (const { topic, partitions } of places)
        for (const partition of partitions) paused.add(`${topic}/${partition}`);
    },
    resume: (places) => {
      for (const { topic, partitions } of places)
        for (const partition of partitions) paused.delete(`${topic}/${partition}`);
    },
  });
  return { order, paused };
}

describe('CatchUpOrder', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('holds the same partition of later topics while an earlier one is far behind', () => {
    const { order, paused } = orderOver(['clicks', 'starts', 'joins']);
    order.note('clicks', 3, 500);
    expect([...paused]).toEqual(['starts/3', 'joins/3']);
    order.note('clicks', 3, 499);
    expect([...paused]).toEqual([]);
  });

  it('leaves alone who keeps up, and what the last topic lags', () => {
    const { order, paused } = orderOver(['clicks', 'joins']);
    order.note('clicks', 1, 0);
    order.note('joins', 1, 100_000);
    expect([...paused]).toEqual([]);
  });

  it('goes on holding for a second one that is behind', () => {
    const { order, paused } = orderOver(['clicks', 'starts', 'joins']);
    order.note('starts', 0, 900);
    order.note('clicks', 0, 900);
    order.note('clicks', 0, 0);
    expect([...paused]).toEqual(['joins/0']);
    order.note('starts', 0, 0);
    expect([...paused]).toEqual([]);
  });

  it('ends a hold that nothing confirms, so that nobody waits for ever', () => {
    const { order, paused } = orderOver(['clicks', 'joins']);
    order.note('clicks', 0, 900);
    jest.advanceTimersByTime(9_000);
    order.note('clicks', 0, 900);
    jest.advanceTimersByTime(9_000);
    expect([...paused]).toEqual(['joins/0']);
    jest.advanceTimersByTime(1_000);
    expect([...paused]).toEqual([]);
  });

  it('lets go of everything at the end of an assignment', () => {
    const { order, paused } = orderOver(['clicks', 'joins']);
    order.note('clicks', 0, 900);
    order.note('clicks', 5, 900);
    order.clear();
    expect([...paused]).toEqual([]);
    jest.advanceTimersByTime(20_000);
    expect([...paused]).toEqual([]);
  });

  it('asks nothing more of a consumer that has ended', () => {
    let hasEnded = false;
    const calls: string[] = [];
    const call = (name: string) => (): void => {
      if (hasEnded) throw new Error('Consumer group was not initialized, consumer#run must be called first');
      calls.push(name);
    };
    const order = new CatchUpOrder(['clicks', 'joins'], 500, {
      pause: call('pause'),
      resume: call('resume'),
    });
    order.note('clicks', 0, 900);
    order.note('clicks', 5, 900);
    hasEnded = true;
    order.dispose();
    expect(jest.getTimerCount()).toBe(0);
    // A batch that was still in hand.
    order.note('clicks', 0, 900);
    order.note('clicks', 5, 0);
    order.clear();
    jest.advanceTimersByTime(20_000);
    expect(calls).toEqual(['pause', 'pause']);
  });
});
