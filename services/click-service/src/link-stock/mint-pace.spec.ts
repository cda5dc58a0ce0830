import { MintPace } from './mint-pace';

describe('MintPace', () => {
  let now = 0;
  const clock = { now: () => now };
  beforeEach(() => (now = 0));

  it('spreads links over time, without saving up what was not used', () => {
    const pace = new MintPace(5, clock);
    expect([pace.reserve(4), pace.reserve(4), pace.reserve(1)]).toEqual([0, 800, 1_600]);
    now = 60_000;
    expect([pace.reserve(4), pace.reserve(4)]).toEqual([0, 800]);
  });

  it('halves at each 429, down to one in ten seconds, and recovers with success', () => {
    const pace = new MintPace(5, clock);
    pace.throttled();
    expect(pace.linksPerSecond).toBe(2.5);
    for (let count = 0; count < 20; count++) pace.throttled();
    expect(pace.linksPerSecond).toBe(0.1);
    for (let count = 0; count < 100; count++) pace.succeeded();
    expect(pace.linksPerSecond).toBe(5);
  });

  it('never gets faster than it was allowed to be, however slow that is', () => {
    const pace = new MintPace(0.02, clock);
    pace.throttled();
    expect(pace.linksPerSecond).toBeLessThanOrEqual(0.02);
  });
});
