import fc from 'fast-check';
import { linksToHold, linksToMint, marksFor } from './refill-decision';

const POLICY = { low: 50, high: 200, max: 2_000 };

describe('linksToMint', () => {
  it.each([
    { name: 'a new channel is filled up', free: 0, lately: 0, filling: false, mint: 200 },
    { name: 'just below the low mark', free: 49, lately: 0, filling: false, mint: 151 },
    { name: 'at the low mark nothing begins', free: 50, lately: 0, filling: false, mint: 0 },
    { name: 'what has begun goes on to the high mark', free: 50, lately: 0, filling: true, mint: 150 },
    { name: 'full', free: 200, lately: 0, filling: true, mint: 0 },
    { name: 'fuller than full', free: 300, lately: 0, filling: true, mint: 0 },
    { name: 'demand of five minutes is the low mark', free: 499, lately: 1_000, filling: false, mint: 501 },
    { name: 'demand is met', free: 500, lately: 1_000, filling: false, mint: 0 },
    { name: 'demand has a limit', free: 0, lately: 1_000_000, filling: false, mint: 2_000 },
  ])('$name', ({ free, lately, filling, mint }) => {
    expect(linksToMint({ free, leasedLately: lately }, POLICY, filling)).toBe(mint);
  });

  it('a high mark above the limit is what somebody asked for', () => {
    expect(linksToMint({ free: 0, leasedLately: 0 }, { low: 50, high: 5_000, max: 2_000 }, false)).toBe(
      5_000,
    );
  });

  it('low never passes high, and minting never passes the high mark', () => {
    fc.assert(
      fc.property(
        fc.record({ free: fc.nat(10_000), leasedLately: fc.nat(1_000_000) }),
        fc.record({
          low: fc.integer({ min: 1, max: 500 }),
          high: fc.integer({ min: 1, max: 500 }),
          max: fc.integer({ min: 1, max: 5_000 }),
        }),
        fc.boolean(),
        (level, policy, filling) => {
          const { low, high } = marksFor(level, policy);
          const mint = linksToMint(level, policy, filling);
          return low <= high && mint >= 0 && (mint === 0 || level.free + mint === high);
        },
      ),
    );
  });
});

describe('linksToHold', () => {
  it.each([
    { demand: 0, hold: 20 },
    { demand: 0.5, hold: 20 },
    { demand: 5, hold: 100 },
    { demand: 10_000, hold: 5_000 },
  ])('$demand links a second: $hold', ({ demand, hold }) => {
    expect(linksToHold(demand, 20)).toBe(hold);
  });
});
