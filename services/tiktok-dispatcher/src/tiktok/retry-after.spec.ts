import { parseRetryAfter } from './retry-after';

const now = Date.parse('2026-11-20T12:00:00Z');

describe('parseRetryAfter', () => {
  it.each([
    { header: '0', ms: 0, why: 'at once' },
    { header: '120', ms: 120_000, why: 'seconds' },
    { header: ' 5 ', ms: 5_000, why: 'with spaces' },
    { header: 'Fri, 20 Nov 2026 12:01:00 GMT', ms: 60_000, why: 'a date' },
    { header: 'Fri, 20 Nov 2026 11:00:00 GMT', ms: 0, why: 'a date that has passed' },
    { header: undefined, ms: undefined, why: 'not there' },
    { header: '', ms: undefined, why: 'empty' },
    { header: '-5', ms: undefined, why: 'negative' },
    { header: '1.5', ms: undefined, why: 'no whole number' },
    { header: 'soon', ms: undefined, why: 'a word' },
    { header: 'Fri, 99 Nov 2026 12:01:00 GMT', ms: undefined, why: 'no day' },
  ])('$header: $why', ({ header, ms }) => {
    expect(parseRetryAfter(header, now)).toBe(ms);
  });
});
