import { topics, violationOf } from '@clickjoin/contracts';
import { landingFactsOf, type LandingFacts, type Query } from './landing-facts';

const BROWSER = 'Mozilla/5.0 (Linux; Android 13) Chrome/126.0 Mobile Safari/537.36';
const facts = (query: Query, referer?: string): LandingFacts => landingFactsOf(query, referer, BROWSER);

describe('landingFactsOf', () => {
  it.each([
    { name: 'own parameter', query: { ttclid: 'E.C.P.own' }, referer: undefined, ttclid: 'E.C.P.own' },
    {
      name: 'the own parameter beats the landing page',
      query: { ttclid: 'E.C.P.own', url: 'https://shop.example/?ttclid=E.C.P.page' },
      referer: undefined,
      ttclid: 'E.C.P.own',
    },
    {
      name: 'the query of `url`',
      query: { url: 'https://shop.example/?a=1&ttclid=E.C.P.page' },
      referer: undefined,
      ttclid: 'E.C.P.page',
    },
    {
      name: 'the query of `lp`',
      query: { lp: 'https://shop.example/?ttclid=E.C.P.page' },
      referer: undefined,
      ttclid: 'E.C.P.page',
    },
    {
      name: 'a plain link: the query of the referrer',
      query: {},
      referer: 'https://shop.example/?ttclid=E.C.P.page',
      ttclid: 'E.C.P.page',
    },
    {
      name: 'the first of several',
      query: { ttclid: ['', 'one', 'two'] },
      referer: undefined,
      ttclid: 'one',
    },
    { name: 'an empty one is none', query: { ttclid: '' }, referer: undefined, ttclid: undefined },
  ])('ttclid: $name', ({ query, referer, ttclid }) => {
    expect(facts(query, referer).ad.ttclid).toBe(ttclid);
  });

  it('keeps a ttclid of 1,500 characters whole', () => {
    const ttclid = `E.C.P.${'x'.repeat(1494)}`;
    expect(facts({ ttclid }).ad.ttclid).toBe(ttclid);
    expect(facts({ url: `https://shop.example/?ttclid=${ttclid}` }).ad.ttclid).toBe(ttclid);
  });

  it('takes UTMs one by one, own parameters before the landing page', () => {
    const { ad } = facts({
      utm_source: 'tiktok',
      url: 'https://shop.example/?utm_source=other&utm_campaign=%D0%9B%D0%B5%D1%82%D0%BE%20%F0%9F%8E%89',
    });
    expect(ad).toEqual({ utm: { source: 'tiktok', campaign: 'Лето 🎉' } });
  });

  it('gives the landing page as the browser showed it', () => {
    const url = 'https://shop.example/a b?q=Лето';
    expect(facts({ url, ref: 'https://www.tiktok.com/' }, 'https://ignored.example/').page).toEqual({
      url,
      referrer: 'https://www.tiktok.com/',
    });
  });

  it('takes the referrer as landing page when there is no `url`', () => {
    expect(facts({}, 'https://shop.example/promo').page).toEqual({ url: 'https://shop.example/promo' });
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'shop.example', 'https://', '//shop.example'])(
    '"%s" is no landing page',
    (url) => {
      expect(facts({ url, ref: url }).page).toEqual({});
    },
  );

  it.each([
    { field: 'ttclid', query: { ttclid: 'x'.repeat(4097) } },
    { field: 'utm', query: { utm_term: 'x'.repeat(501) } },
    { field: 'url', query: { url: `https://shop.example/?${'x'.repeat(8192)}` } },
    { field: 'referrer', query: { ref: `https://shop.example/?${'x'.repeat(8192)}` } },
    { field: 'ttp', query: { ttp: 'x'.repeat(257) } },
  ])('drops an oversize $field whole, and nothing else', ({ field, query }) => {
    const found = facts({ utm_source: 'tiktok', ...query });
    expect(found.dropped).toEqual([{ field, reason: 'oversize' }]);
    expect(found.ad).toEqual({ utm: { source: 'tiktok' } });
    expect(found.page).toEqual({});
    expect(found.ttp).toBeUndefined();
  });

  it('drops an oversize user agent', () => {
    expect(landingFactsOf({}, undefined, 'x'.repeat(2049)).dropped).toEqual([
      { field: 'userAgent', reason: 'oversize' },
    ]);
  });

  it.each(['a\0b', 'half of an emoji \ud83c'])('drops what PostgreSQL would refuse (%j)', (ttclid) => {
    expect(facts({ ttclid }).dropped).toEqual([{ field: 'ttclid', reason: 'malformed' }]);
  });

  it('whatever comes, the facts fit the contract', () => {
    const long = '🎉'.repeat(5000);
    const found = facts({
      ttclid: long,
      utm_source: long,
      url: `https://x.example/${long}`,
      ref: '\0',
      ttp: long,
    });
    expect(
      violationOf(topics.clickCaptured, {
        clickId: '01890000-0000-7000-8000-000000000000',
        siteId: '01890000-0000-7000-8000-000000000001',
        chatId: '-1001',
        slug: 'a',
        linkKind: 'none',
        capturedAt: '2026-01-01T00:00:00.000Z',
        ad: found.ad,
        page: found.page,
        visitor: {},
      }),
    ).toBeUndefined();
  });
});
