import { periodSearchOf, rangeOf } from './period';

const NOW = Date.parse('2026-03-10T12:34:56.000Z');

describe('periodSearchOf', () => {
  it.each([
    {
      name: 'keeps what is meant',
      search: { period: '24h', from: '2026-01-02' },
      kept: { period: '24h', from: '2026-01-02' },
    },
    { name: 'leaves the default out of the address', search: { period: '7d' }, kept: {} },
    { name: 'passes over what is none', search: { period: 'year', from: '2026-13-40', to: 5 }, kept: {} },
  ])('$name', ({ search, kept }) => expect(periodSearchOf(search)).toEqual(kept));
});

describe('rangeOf', () => {
  it('asks the same question until the hour is over', () => {
    expect(rangeOf({}, NOW)).toEqual({ from: '2026-03-03T12:00:00.000Z', interval: 'day' });
    expect(rangeOf({}, NOW + 60_000)).toEqual(rangeOf({}, NOW));
    expect(rangeOf({ period: '24h' }, NOW)).toEqual({ from: '2026-03-09T12:00:00.000Z', interval: 'hour' });
  });

  it('takes days whole, the last one too', () => {
    const { from, to, interval } = rangeOf({ from: '2026-03-01', to: '2026-03-01' }, NOW);
    expect(Date.parse(to ?? '') - Date.parse(from)).toBe(86_400_000);
    expect(interval).toBe('hour');
    expect(new Date(from).getHours()).toBe(0);
  });

  it('goes back from a last day alone', () => {
    const { from, to } = rangeOf({ to: '2026-03-01', period: '24h' }, NOW);
    expect(Date.parse(to ?? '') - Date.parse(from)).toBe(86_400_000);
  });
});
