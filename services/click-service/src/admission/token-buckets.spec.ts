import { FakeClock } from '@clickjoin/testing';
import fc from 'fast-check';
import { TokenBuckets } from './token-buckets';

describe('TokenBuckets', () => {
  it('lets a burst through, then as much as comes in, and says how long to wait', () => {
    const clock = new FakeClock();
    const buckets = new TokenBuckets({ perSecond: 2, burst: 3 }, clock);
    expect([1, 2, 3].map(() => buckets.take('a'))).toEqual([0, 0, 0]);
    expect(buckets.take('a')).toBe(500);
    expect(buckets.take('b')).toBe(0);
    clock.advance(499);
    expect(buckets.take('a')).toBe(1);
    clock.advance(1);
    expect(buckets.take('a')).toBe(0);
    expect(buckets.take('a', 2)).toBe(1_000);
  });

  it('takes all tokens that are asked for, or none', () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 10 }, new FakeClock());
    expect(buckets.take('a', 11)).toBeGreaterThan(0);
    expect(buckets.take('a', 10)).toBe(0);
  });

  it('is off at 0', () => {
    const buckets = new TokenBuckets({ perSecond: 0, burst: 0 }, new FakeClock());
    expect(Array.from({ length: 1_000 }, () => buckets.take('a')).every((waitMs) => waitMs === 0)).toBe(true);
    expect(buckets.size).toBe(0);
  });

  it('keeps so many buckets and no more, and forgets who was silent longest', () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 1 }, new FakeClock(), 100);
    buckets.take('first');
    for (let count = 0; count < 99; count++) buckets.take(`other-${count}`);
    expect(buckets.take('first')).toBeGreaterThan(0);
    for (let count = 0; count < 10_000; count++) buckets.take(`stranger-${count}`);
    expect(buckets.size).toBe(100);
    expect(buckets.take('first')).toBe(0);
  });

  it('never lets more through than burst and time allow, also when the clock goes back', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            afterMs: fc.integer({ min: -1_000, max: 3_000 }),
            tokens: fc.integer({ min: 1, max: 5 }),
          }),
        ),
        (calls) => {
          const clock = new FakeClock();
          const buckets = new TokenBuckets({ perSecond: 3, burst: 5 }, clock);
          let taken = 0;
          let forwardMs = 0;
          for (const { afterMs, tokens } of calls) {
            clock.advance(afterMs);
            forwardMs += Math.max(0, afterMs);
            if (buckets.take('a', tokens) === 0) taken += tokens;
          }
          expect(taken).toBeLessThanOrEqual(5 + (forwardMs / 1_000) * 3 + 1e-6);
        },
      ),
    );
  });
});
