import { retryAfterMs, retryDelayMs } from './retry-schedule';

describe('retryDelayMs', () => {
  it.each([
    { failures: 1, draw: 0.5, seconds: 0, name: 'the first failure is tried again at once' },
    { failures: 2, draw: 0.5, seconds: 2, name: 'then the wait doubles from 2 s' },
    { failures: 3, draw: 0.5, seconds: 4, name: '4 s' },
    { failures: 6, draw: 0.5, seconds: 32, name: 'up to 32 s' },
    { failures: 7, draw: 0, seconds: 60, name: 'then 60 s at least' },
    { failures: 7, draw: 0.75, seconds: 63, name: 'and 64 s at most' },
    { failures: 8, draw: 0, seconds: 60, name: 'then any wait from 60 s' },
    { failures: 500, draw: 0.5, seconds: 90, name: 'to 120 s, for ever' },
  ])('$name', ({ failures, draw, seconds }) => expect(retryDelayMs(failures, draw)).toBe(seconds * 1000));
});

describe('retryAfterMs', () => {
  it.each([
    { header: undefined, ms: undefined, name: 'no header asks for nothing' },
    { header: '5', ms: 5_000, name: 'whole seconds are obeyed' },
    { header: '99999', ms: 3_600_000, name: 'an hour at most' },
    { header: 'Wed, 21 Oct 2026 07:28:00 GMT', ms: undefined, name: 'the date form is ignored' },
    { header: '1.5', ms: undefined, name: 'so is a fraction' },
  ])('$name', ({ header, ms }) => expect(retryAfterMs(header)).toBe(ms));
});
