import { ENDPOINTS } from './endpoints';

const hash = 'f2aee6a0738c354a7ce6fa9a9694c6c11ccd0a0c7e170b41cf8e330734dbb414';
const ttclid = `E.C.P.${'x'.repeat(600)}`;

const item1_0 = {
  event: 'CompleteRegistration',
  event_id: 'adtarget_0190',
  timestamp: '2026-11-02T10:00:00.000Z',
  context: {
    ad: { callback: ttclid },
    page: { url: 'https://shop.example/?ttclid=x', referrer: 'https://www.tiktok.com/' },
    user: { external_id: hash },
    ip: '203.0.113.9',
    user_agent: 'Mozilla/5.0',
  },
  properties: { value: 1.5, currency: 'USD', content_name: 'Acme' },
};
const track1_0 = { pixel_code: 'CPIXEL', ...item1_0 };
const item2_0 = {
  event: 'Subscribe',
  event_time: 1_790_000_000,
  event_id: 'adtarget_0190',
  user: { ttclid, external_id: [hash], ip: '2001:db8::1', user_agent: 'Mozilla/5.0', ttp: 'abc' },
  page: { url: 'https://shop.example/' },
  properties: { value: 0, currency: 'EUR', gtm_version: '1' },
  limited_data_use: false,
};

type Body = Record<string, unknown>;
const bodies = {
  '/pixel/track/': (change: Body = {}): Body => ({ ...track1_0, ...change }),
  '/pixel/batch/': (change: Body = {}, of = 1): Body => ({
    pixel_code: 'CPIXEL',
    batch: [
      ...Array<Body>(of - 1).fill({ type: 'track', ...item1_0 }),
      { type: 'track', ...item1_0, ...change },
    ],
  }),
  '/event/track/': (change: Body = {}, of = 1): Body => ({
    event_source: 'web',
    event_source_id: 'CPIXEL',
    data: [...Array<Body>(of - 1).fill(item2_0), { ...item2_0, ...change }],
  }),
} as const;
type Path = keyof typeof bodies;

function refusal(path: Path, body: Body, strict = true): { code: number; message: string } | undefined {
  const endpoint = ENDPOINTS.find((one) => one.path === path)!;
  const problem = endpoint.body(body, [], { strict });
  return problem && { code: problem.code, message: endpoint.describe(problem) };
}

const context = (change: Body): Body => ({ context: { ...track1_0.context, ...change } });
const user = (change: Body): Body => ({ user: { ...item2_0.user, ...change } });

it.each(Object.entries(bodies))('takes a full body at %s', (path, body) => {
  expect(refusal(path as Path, body())).toBeUndefined();
});

it('takes the least that each format needs', () => {
  expect(refusal('/pixel/track/', { pixel_code: 'C', event: 'Lead' })).toBeUndefined();
  const data = [{ event: 'Lead', event_time: 1_790_000_000 }];
  expect(refusal('/event/track/', { event_source: 'web', event_source_id: 'C', data })).toBeUndefined();
});

it.each<{ name: string; path: Path; change: Body; code?: number; says: string }>([
  {
    name: '1.0: a number as event_id',
    path: '/pixel/track/',
    change: { event_id: 7 },
    says: 'event_id: Not a valid string.',
  },
  {
    name: '2.0: a number as event_id',
    path: '/event/track/',
    change: { event_id: 7 },
    says: 'Invalid value for event_id: not a valid string',
  },
  { name: '1.0: no event', path: '/pixel/track/', change: { event: null }, says: 'event: Missing data' },
  {
    name: '1.0: seconds as timestamp',
    path: '/pixel/track/',
    change: { timestamp: 1_790_000_000 },
    says: 'timestamp: Not a valid string',
  },
  {
    name: '1.0: a day that does not exist',
    path: '/pixel/track/',
    change: { timestamp: '2026-13-02T10:00:00Z' },
    says: 'timestamp: Not a valid datetime',
  },
  {
    name: '1.0: a time without zone',
    path: '/pixel/track/',
    change: { timestamp: '2026-11-02T10:00:00' },
    says: 'timestamp: Not a valid datetime',
  },
  {
    name: '2.0: milliseconds',
    path: '/event/track/',
    change: { event_time: 1_790_000_000_000 },
    says: 'Unix timestamp in seconds',
  },
  {
    name: '2.0: a fraction of a second',
    path: '/event/track/',
    change: { event_time: 1_790_000_000.5 },
    says: 'not a valid integer',
  },
  {
    name: '2.0: an ISO time',
    path: '/event/track/',
    change: { event_time: '2026-11-02T10:00:00Z' },
    says: 'not a valid integer',
  },
  {
    name: '1.0: a plain external_id',
    path: '/pixel/track/',
    change: context({ user: { external_id: '7000000001' } }),
    code: 40062,
    says: 'context.user.external_id: Personal data',
  },
  {
    name: '1.0: an upper-case hash',
    path: '/pixel/track/',
    change: context({ user: { external_id: hash.toUpperCase() } }),
    code: 40062,
    says: 'lower-case',
  },
  {
    name: '2.0: a plain one among hashes',
    path: '/event/track/',
    change: user({ external_id: [hash, 'x'] }),
    code: 40062,
    says: 'data.0.user.external_id.1',
  },
  {
    name: '1.0: ttclid in the place of 2.0',
    path: '/pixel/track/',
    change: context({ user: { ttclid } }),
    says: 'it is context.ad.callback',
  },
  {
    name: '2.0: ttclid in the place of 1.0',
    path: '/event/track/',
    change: context({}),
    says: 'it is user, page and ad',
  },
  {
    name: '2.0: ttclid as ad.callback',
    path: '/event/track/',
    change: { ad: { callback: ttclid } },
    says: 'it is user.ttclid',
  },
  {
    name: '2.0: a ttclid above 1000 characters',
    path: '/event/track/',
    change: user({ ttclid: 'x'.repeat(1001) }),
    says: 'maximum length 1000',
  },
  {
    name: '1.0: what is no address',
    path: '/pixel/track/',
    change: context({ ip: '203.0.113' }),
    says: 'context.ip: Not a valid IP',
  },
  {
    name: '1.0: a currency off the list',
    path: '/pixel/track/',
    change: { properties: { currency: 'XAU' } },
    says: 'properties.currency: Not a valid choice',
  },
  {
    name: '1.0: a currency in lower case',
    path: '/pixel/track/',
    change: { properties: { currency: 'usd' } },
    says: 'Not a valid choice',
  },
  {
    name: '1.0: text as value',
    path: '/pixel/track/',
    change: { properties: { value: '1.5' } },
    says: 'properties.value: Not a valid number',
  },
  {
    name: '2.0: a number as content_id',
    path: '/event/track/',
    change: { properties: { contents: [{ content_id: 1 }] } },
    says: 'contents.0.content_id: Invalid value for content_id: not a valid string',
  },
  {
    name: '1.0: an unknown key',
    path: '/pixel/track/',
    change: { evnt_id: 'a' },
    says: 'evnt_id: Unknown field',
  },
  {
    name: '1.0: an empty text',
    path: '/pixel/track/',
    change: { event_id: '' },
    says: 'event_id: Empty string',
  },
  {
    name: '1.0: a name of 51 characters',
    path: '/pixel/track/',
    change: { event: 'a'.repeat(51) },
    says: 'event: Not a valid event name',
  },
  {
    name: '1.0: a name that starts with a digit',
    path: '/pixel/track/',
    change: { event: '1st' },
    says: 'event: Not a valid event name',
  },
  {
    name: '1.0: a partner name',
    path: '/pixel/track/',
    change: { partner_name: 'Acme' },
    code: 40063,
    says: 'partner_name',
  },
  {
    name: '2.0: test_event_code in the event',
    path: '/event/track/',
    change: { test_event_code: 'TEST1' },
    says: 'it is beside data',
  },
  {
    name: '2.0: a page without url',
    path: '/event/track/',
    change: { page: { referrer: 'https://a.example' } },
    says: 'page.url',
  },
])('refuses $name', ({ path, change, code = 40002, says }) => {
  const found = refusal(path, bodies[path](change));
  expect(found?.code).toBe(code);
  expect(found?.message).toContain(says);
});

it('lets pass what the real one swallows, when it is not strict', () => {
  const swallowed = {
    evnt_id: 'a',
    event_id: '',
    context: { user: { ttclid, external_id: '' } },
    partner_name: 'Acme',
  };
  expect(refusal('/pixel/track/', bodies['/pixel/track/'](swallowed), false)).toBeUndefined();
  expect(refusal('/pixel/track/', bodies['/pixel/track/']({ event_id: 7 }), false)?.code).toBe(40002);
});

it.each<{ path: Path; most: number; key: string }>([
  { path: '/pixel/batch/', most: 50, key: 'batch' },
  { path: '/event/track/', most: 1000, key: 'data' },
])('takes up to $most events at $path, and refuses all of one more', ({ path, most, key }) => {
  expect(refusal(path, bodies[path]({}, most))).toBeUndefined();
  expect(refusal(path, bodies[path]({ event_id: 7 }, most + 1))?.message).toContain(`between 1 and ${most}`);
  expect(refusal(path, { ...bodies[path](), [key]: [] })?.code).toBe(40002);
});

it('names the first bad item of a batch', () => {
  expect(refusal('/pixel/batch/', bodies['/pixel/batch/']({ event_id: 7 }, 4))?.message).toBe(
    'Batch.3.event_id: Not a valid string.',
  );
  expect(refusal('/event/track/', bodies['/event/track/']({ event_id: 7 }, 4))?.message).toBe(
    'data.3.event_id: Invalid value for event_id: not a valid string',
  );
});
