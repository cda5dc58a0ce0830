import { newerOf, queryOf, type Landing } from './landing';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-03-01T12:00:00Z');
const landing = (url: string, at = NOW): Landing => [at, url, 'https://www.tiktok.com/', ''];
const tagged = landing('https://shop.example/?utm_source=mail');
const bare = landing('https://shop.example/cart');
const clicked = landing('https://shop.example/?a=1&ttclid=E.1', NOW - DAY_MS);

describe('newerOf', () => {
  it.each([
    { name: 'nothing stored: what is here', stored: undefined, now: bare, wins: 'now' },
    {
      name: 'a newer ttclid wins',
      stored: clicked,
      now: landing('https://x.example/?ttclid=E.2'),
      wins: 'now',
    },
    { name: 'a visit without one changes nothing', stored: clicked, now: bare, wins: 'stored' },
    {
      name: 'nor do other tags, since the ad click is worth more',
      stored: clicked,
      now: tagged,
      wins: 'stored',
    },
    {
      name: 'an empty ttclid is none',
      stored: clicked,
      now: landing('https://x.example/?ttclid='),
      wins: 'stored',
    },
    {
      name: 'nor is a parameter that ends like it',
      stored: clicked,
      now: landing('https://x.example/?my_ttclid=1'),
      wins: 'stored',
    },
    { name: 'tags win over no tags', stored: bare, now: tagged, wins: 'now' },
    { name: 'the first landing stays while nothing tells more', stored: tagged, now: bare, wins: 'stored' },
    {
      name: 'kept for its days',
      stored: landing(clicked[1], NOW - 28 * DAY_MS + 1),
      now: bare,
      wins: 'stored',
    },
    { name: 'and no longer', stored: landing(clicked[1], NOW - 28 * DAY_MS), now: bare, wins: 'now' },
    { name: 'what is no landing is none', stored: 'nonsense' as unknown as Landing, now: bare, wins: 'now' },
  ])('$name', ({ stored, now, wins }) => {
    expect(newerOf(stored, now, 28)).toBe(wins === 'now' ? now : stored);
  });
});

describe('queryOf', () => {
  const asks = (page: Landing): URLSearchParams => new URLSearchParams(queryOf(page));
  let cookie = '';

  beforeEach(() => {
    cookie = '';
    Object.assign(globalThis, {
      window: {},
      document: {
        get cookie() {
          return cookie;
        },
      },
    });
  });
  afterEach(() => {
    Reflect.deleteProperty(globalThis, 'window');
    Reflect.deleteProperty(globalThis, 'document');
  });

  it('names the landing page, its referrer, and the cookie of now rather than that of then', () => {
    const then: Landing = [
      NOW,
      'https://shop.example/?ttclid=E.1&x=a%26b',
      'https://www.tiktok.com/',
      'then',
    ];
    expect(Object.fromEntries(asks(then))).toEqual({ url: then[1], ref: then[2], ttp: 'then' });
    cookie = 'my_ttp=wrong; _ttp=now; other=1';
    expect(asks(then).get('ttp')).toBe('now');
  });

  it('leaves out what there is none of', () => {
    expect(queryOf([NOW, 'https://shop.example/', '', ''])).toBe('url=https%3A%2F%2Fshop.example%2F');
  });

  it('of a long landing URL keeps what matters, whole', () => {
    const junk = Array.from({ length: 400 }, (_, index) => `p${index}=${'%F0%9F%98%80'.repeat(2)}`);
    const ttclid = `E.C.P.${'x'.repeat(1_500)}`;
    const url = `https://shop.example/a?${junk.join('&')}&ttclid=${ttclid}&${junk.join('&')}&utm_term=a+b&z`;
    const query = queryOf([NOW, url, '', '']);
    expect(query.length).toBeLessThan(6_000);
    const told = new URL(new URLSearchParams(query).get('url') ?? '');
    expect(told.origin + told.pathname).toBe('https://shop.example/a');
    expect(Object.fromEntries(told.searchParams)).toEqual({ ttclid, utm_term: 'a b' });
  });

  it('sends a fact whole or not at all', () => {
    const long = `https://shop.example/?ttclid=${'%'.repeat(2_400)}`;
    expect(Object.fromEntries(asks([NOW, long, 'https://www.tiktok.com/', 'ttp-1']))).toEqual({
      ttp: 'ttp-1',
      ref: 'https://www.tiktok.com/',
    });
  });
});
