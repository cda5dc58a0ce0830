import fc from 'fast-check';
import { nextProbes, type Probe } from './bisection';

/** Sends as the worker does, to a TikTok that refuses a request for any bad event in it. */
function isolate(count: number, isBad: (index: number) => boolean): { rejected: string[]; requests: number } {
  const idOf = (index: number): string => String(index);
  const bad = new Set(
    Array.from({ length: count }, (_, index) => index)
      .filter(isBad)
      .map(idOf),
  );
  const all = Array.from({ length: count }, (_, index) => idOf(index));
  const rejected: string[] = [];
  const accepted: string[] = [];
  const queue: Probe[] = [{ ids: all, sibling: [] }];
  let requests = -1; // The refused batch itself is not part of the search.
  for (let probe = queue.shift(); probe !== undefined; probe = queue.shift()) {
    requests++;
    const isRefused = probe.ids.some((id) => bad.has(id));
    if (!isRefused) accepted.push(...probe.ids);
    else if (probe.ids.length === 1) rejected.push(...probe.ids);
    queue.push(...nextProbes(probe.ids, probe.sibling, isRefused ? 'rejected' : 'accepted'));
  }
  expect([...accepted, ...rejected].sort()).toEqual([...all].sort());
  expect(rejected.sort()).toEqual([...bad].sort());
  return { rejected, requests };
}

describe('the division of a refused batch', () => {
  it('ends with exactly the bad events, after at most 2·k·log2(n) requests', () => {
    const batches = fc
      .integer({ min: 2, max: 1_000 })
      .chain((count) =>
        fc.tuple(
          fc.constant(count),
          fc.uniqueArray(fc.nat(count - 1), { minLength: 1, maxLength: Math.min(count, 40) }),
        ),
      );
    fc.assert(
      fc.property(batches, ([count, bad]) => {
        const { rejected, requests } = isolate(count, (index) => bad.includes(index));
        expect(rejected).toHaveLength(bad.length);
        expect(requests).toBeLessThanOrEqual(2 * bad.length * Math.log2(count) + 1e-9);
      }),
      { numRuns: 300 },
    );
  });

  // One bad event leaves no slack in the bound: each place of it in each size of a 1.0 batch.
  it('holds for each place of a single bad event', () => {
    for (let count = 2; count <= 50; count++) {
      for (let bad = 0; bad < count; bad++) {
        const { requests } = isolate(count, (index) => index === bad);
        expect(requests).toBeLessThanOrEqual(2 * Math.log2(count) + 1e-9);
      }
    }
  });

  it('ends when all are bad', () => {
    expect(isolate(1_000, () => true).rejected).toHaveLength(1_000);
  });

  it.each(['unknown', 'throttled', 'failed', 'refused'] as const)(
    'concludes nothing for the other part from "%s"',
    (verdict) => {
      expect(nextProbes(['a', 'b'], ['c', 'd'], verdict)).toEqual([{ ids: ['c', 'd'], sibling: [] }]);
    },
  );

  it('does not begin for a request with one event', () => {
    expect(nextProbes(['a'], [], 'rejected')).toEqual([]);
    expect(nextProbes(['a', 'b'], [], 'accepted')).toEqual([]);
  });
});
