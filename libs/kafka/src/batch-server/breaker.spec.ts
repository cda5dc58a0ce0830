import { Breaker, BreakerTripped } from './breaker';

const cause = new Error('defect');

describe('Breaker', () => {
  it('bears single poison messages for ever', () => {
    const breaker = new Breaker();
    for (let round = 0; round < 1_000; round += 1) {
      breaker.handled(3);
      breaker.threw(cause);
    }
  });

  it('trips when more than half of the latest messages threw, with the cause', () => {
    const breaker = new Breaker({ minMessages: 10, window: 20 });
    breaker.handled(10);
    for (let n = 0; n < 10; n += 1) breaker.threw(cause);
    expect(() => breaker.threw(cause)).toThrow(BreakerTripped);
    const trip = (): unknown => {
      try {
        breaker.threw(cause);
        return undefined;
      } catch (error) {
        return error;
      }
    };
    expect(trip()).toMatchObject({ cause });
  });

  it('does not judge by a handful', () => {
    const breaker = new Breaker({ minMessages: 10 });
    for (let n = 0; n < 9; n += 1) breaker.threw(cause);
    expect(() => breaker.threw(cause)).toThrow(BreakerTripped);
  });

  it('forgets what is long ago', () => {
    const breaker = new Breaker({ minMessages: 10, window: 20 });
    for (let n = 0; n < 9; n += 1) breaker.threw(cause);
    breaker.handled(20);
    for (let n = 0; n < 10; n += 1) breaker.threw(cause);
  });
});
