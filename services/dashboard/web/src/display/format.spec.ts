import { duration, relative, share } from './format';

describe('share', () => {
  it.each([
    { name: 'nothing of nothing is no share', part: 0, whole: 0, text: '—' },
    { name: 'all', part: 5, whole: 5, text: '100%' },
    { name: 'almost all is not all', part: 9_999, whole: 10_000, text: '99.9%' },
    { name: 'almost none is not none', part: 1, whole: 100_000, text: '0.1%' },
    { name: 'a third', part: 1, whole: 3, text: '33%' },
  ])('$name', ({ part, whole, text }) => expect(share(part, whole).replace(/\s/g, '')).toBe(text));
});

describe('duration', () => {
  it.each([
    [850, '850 ms'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h'],
    [90_000_000, '1 d 1 h'],
    // Seconds don't matter beside days, and a unit that is zero is left out.
    [86_405_000, '1 d'],
    [-1_200, '−1 s'],
  ])('of %i ms is %s', (ms, text) => expect(duration(ms)).toBe(text));
});

describe('relative', () => {
  it.each([
    [-5_000, 'just now'],
    [65_000, '1 min ago'],
    [-7_200_000, 'in 2 h'],
  ])('%i ms ago is %s', (ago, text) => expect(relative(1_000_000_000 - ago, 1_000_000_000)).toBe(text));
});
