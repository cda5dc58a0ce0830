import fc from 'fast-check';
import { blockMsOf, givePermits, PERMIT_HORIZON_MS, PERMIT_TOLERANCE_MS } from './permits';

describe('permits', () => {
  // The row in the database in small: instances ask when they like, and use their permits up to the tolerance late.
  it('are never more than the rate in any second, whoever gets them and however late they are used', () => {
    const asks = fc.array(
      fc.record({
        afterMs: fc.oneof(fc.constant(0), fc.nat(20), fc.nat(3_000)),
        wanted: fc.integer({ min: 1, max: 200 }),
        lateMs: fc.array(fc.double({ min: 0, max: PERMIT_TOLERANCE_MS, noNaN: true }), {
          minLength: 1,
          maxLength: 5,
        }),
      }),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(asks, fc.integer({ min: 1, max: 1_000 }), (script, perSecond) => {
        let now = 0;
        let nextAt = 0;
        const used: number[] = [];
        for (const { afterMs, wanted, lateMs } of script) {
          now += afterMs;
          const { granted, firstInMs, spacingMs, nextInMs } = givePermits(nextAt - now, wanted, perSecond);
          let lastInMs = 0;
          for (let index = 0; index < granted; index++) {
            const inMs = firstInMs + index * spacingMs;
            lastInMs = inMs;
            used.push(now + inMs + (lateMs[index % lateMs.length] ?? 0));
          }
          if (granted > wanted || lastInMs > PERMIT_HORIZON_MS + 1e-6) throw new Error('too many');
          nextAt = Math.max(nextAt, now + nextInMs);
        }
        used.sort((a, b) => a - b);
        const spans = used.flatMap((at, index) => {
          const later = used[index + perSecond];
          return later === undefined ? [] : [later - at];
        });
        expect(Math.min(...spans, 1_000)).toBeGreaterThanOrEqual(1_000 - 1e-6);
      }),
      { numRuns: 200 },
    );
  });

  it('are given at once after a rest, and no more of them than without one', () => {
    expect(givePermits(-60_000, 3, 10)).toEqual({ granted: 3, firstInMs: 0, spacingMs: 110, nextInMs: 330 });
  });

  it('are not given when the first would be too far off', () => {
    expect(givePermits(PERMIT_HORIZON_MS + 1, 3, 10)).toMatchObject({ granted: 0 });
  });
});

describe('the rest after throttling', () => {
  it.each([
    { throttles: 1, retryAfterMs: undefined, ms: 1_000 },
    { throttles: 4, retryAfterMs: undefined, ms: 8_000 },
    { throttles: 60, retryAfterMs: undefined, ms: 300_000 },
    { throttles: 9, retryAfterMs: 2_000, ms: 2_000 },
    { throttles: 1, retryAfterMs: 86_400_000, ms: 3_600_000 },
  ])('no. $throttles, Retry-After $retryAfterMs: $ms ms', ({ throttles, retryAfterMs, ms }) => {
    expect(blockMsOf(throttles, retryAfterMs)).toBe(ms);
  });
});
