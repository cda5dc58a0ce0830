import { deadLetterTopic, topics } from '@clickjoin/contracts';
import {
  createTestDatabase,
  eventually,
  produce,
  readAll,
  testInfra,
  uniquePrefix,
  type TestDatabase,
} from '@clickjoin/testing';
import fc from 'fast-check';
import { DataSource, type EntityManager } from 'typeorm';
import { dropDatabaseOf, startDashboard, type Place, type TestDashboard } from '../../test/dashboard';
import {
  CHAT,
  click,
  deliveryId,
  join,
  joinId,
  recordOf,
  SITE,
  STORY,
  STORY_SUMMARY,
  type Happening,
} from '../../test/story';
import { ClicksStore } from '../clicks/clicks.store';
import { DeliveriesStore } from '../deliveries/deliveries.store';
import { JoinsStore } from '../joins/joins.store';

let database: TestDatabase;
let place: Place;
let dashboard: TestDashboard;

beforeAll(async () => {
  database = await createTestDatabase();
  place = {
    brokers: testInfra().brokers,
    databaseUrl: database.url,
    topicPrefix: uniquePrefix('read-models'),
  };
  dashboard = await startDashboard(place);
  await dashboard.signIn();
});

afterAll(async () => {
  await dashboard.stop();
  await dropDatabaseOf(place);
  await database.drop();
});

/** As the handlers do: the events of each topic in one call. */
async function apply(tx: EntityManager, slice: readonly Happening[]): Promise<void> {
  const { app } = dashboard.service;
  const clicks = slice.filter((each) => each.topic === 'clickCaptured').map(({ event }) => event);
  const joins = slice.filter((each) => each.topic === 'joinReceived').map(({ event }) => event);
  const conversions = slice.filter((each) => each.topic === 'conversionAttributed').map(({ event }) => event);
  const organic = slice.filter((each) => each.topic === 'joinOrganic').map(({ event }) => event);
  const deliveries = slice.filter((each) => each.topic === 'deliveryUpdated').map(({ event }) => event);
  await app.get(ClicksStore).apply(tx, clicks);
  await app.get(JoinsStore).applyReceived(tx, joins);
  await app.get(JoinsStore).applyAttributed(tx, conversions);
  await app.get(JoinsStore).applyOrganic(tx, organic);
  await app.get(DeliveriesStore).apply(tx, deliveries);
}

/** All rows of the read models. */
async function tables(): Promise<Record<string, unknown[]>> {
  const keys = {
    click: 'click_id',
    join: 'join_id',
    delivery: 'delivery_id',
    attempt: 'delivery_id, number',
  };
  const dumps = await Promise.all(
    Object.entries(keys).map(
      async ([table, key]) =>
        [table, await dashboard.sql(`SELECT * FROM "${table}" ORDER BY ${key}`)] as const,
    ),
  );
  return Object.fromEntries(dumps);
}

const empty = (): Promise<unknown> => dashboard.sql('TRUNCATE click, "join", delivery, attempt');

/** Cuts the list into slices of the given sizes, over and over. */
function slices<T>(all: readonly T[], sizes: readonly number[]): T[][] {
  const cut: T[][] = [];
  for (let at = 0, n = 0; at < all.length; n += 1) {
    const size = sizes[n % sizes.length] ?? 1;
    cut.push(all.slice(at, at + size));
    at += size;
  }
  return cut;
}

describe('the read models', () => {
  it('are the same after any order, any duplicates and any cut into slices', async () => {
    const { manager } = dashboard.service.app.get(DataSource);
    await empty();
    for (const happening of STORY) await apply(manager, [happening]);
    const expected = await tables();
    expect(expected['attempt']).toHaveLength(5);

    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...STORY], { minLength: STORY.length }),
        fc.array(fc.constantFrom(...STORY), { maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 4 }),
        async (shuffled, again, sizes) => {
          await empty();
          for (const slice of slices([...shuffled, ...again], sizes))
            await manager.transaction((tx) => apply(tx, slice));
          expect(await tables()).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
    await empty();
  });

  it('do not wait for each other when batches with the same rows meet', async () => {
    const { manager } = dashboard.service.app.get(DataSource);
    const crowd = Array.from({ length: 200 }, (_, n) => join(n));
    for (let round = 0; round < 5; round += 1) {
      await empty();
      await Promise.all([
        manager.transaction((tx) => apply(tx, crowd)),
        manager.transaction((tx) => apply(tx, [...crowd].reverse())),
      ]);
      expect((await tables())['join']).toHaveLength(200);
    }
    await empty();
  });
});

describe('the API over the topics', () => {
  let produced = 0;

  async function tell(happenings: readonly Happening[]): Promise<void> {
    for (const { topic, key, value, headers } of happenings.map(recordOf))
      await produce(`${place.topicPrefix}${topic}`, [{ key, value, headers: { ...headers } }]);
    produced += happenings.length;
    await eventually(
      async () => {
        const [row] = await dashboard.sql<{ n: number }>(
          'SELECT sum(next_offset)::int AS n FROM consumer_offset',
        );
        expect(row?.n).toBe(produced);
      },
      { timeoutMs: 30_000 },
    );
  }

  const get = async (path: string) => {
    const { status, body } = await dashboard.ask('GET', path);
    expect(`${path} ${status}`).toBe(`${path} 200`);
    return body;
  };
  const ids = (page: Record<string, unknown>, id: string): unknown[] =>
    (page['items'] as Record<string, unknown>[]).map((item) => item[id]);

  const nextOf = ({ nextCursor }: Record<string, unknown>): string =>
    typeof nextCursor === 'string' ? nextCursor : '';

  it('keeps the books, and a replay of everything changes nothing', async () => {
    await tell([...STORY].reverse());
    expect(await get('/v1/summary')).toEqual(STORY_SUMMARY);
    const before = await tables();
    await tell(STORY);
    expect(await get('/v1/summary')).toEqual(STORY_SUMMARY);
    expect(await tables()).toEqual(before);
  });

  it('limits the books to a site, a channel and a time', async () => {
    const nothing = {
      clicks: 0,
      clicksAttributable: 0,
      joins: 0,
      attributed: 0,
      organic: {},
      waiting: 0,
      deliveries: {},
      attempts: { total: 0, retried: 0, byVerdict: {} },
    };
    expect(await get(`/v1/summary?chatId=${CHAT}`)).toEqual(STORY_SUMMARY);
    expect(await get('/v1/summary?chatId=-42')).toEqual(nothing);
    expect(await get('/v1/summary?from=2026-06-01T00:00:00Z')).toEqual(nothing);
    // Organic joins have no site before their channel is set up.
    expect(await get(`/v1/summary?siteId=${SITE}`)).toMatchObject({ clicks: 7, joins: 3, organic: {} });
    expect(await get('/v1/summary?from=2026-05-01T12:00:01Z&to=2026-05-01T12:00:03Z')).toMatchObject({
      clicks: 2,
      joins: 2,
      deliveries: { accepted: 2 },
      attempts: { total: 4, retried: 2 },
    });
  });

  it('says of a join what became of it', async () => {
    const accepted = await get(`/v1/joins/${joinId(2)}`);
    expect(accepted).toMatchObject({
      status: 'attributed',
      organic: null,
      route: 'invite-link',
      hasLink: true,
      conversion: { method: 'invite-link', hasTtclid: true, hasIp: true, hasUserAgent: false },
      deliveries: [
        {
          deliveryId: deliveryId(2),
          state: 'accepted',
          attempts: [
            { number: 1, verdict: 'failed', code: 50_000 },
            { number: 2, verdict: 'unknown' },
            { number: 3, verdict: 'accepted', code: 0 },
          ],
        },
      ],
    });
    const direct = await get(`/v1/joins/${joinId(5)}`);
    expect(direct).toMatchObject({
      status: 'organic',
      conversion: null,
      deliveries: [],
      organic: { reason: 'public-direct-join', title: 'Joined the public channel directly' },
    });
    expect(await get(`/v1/joins/${joinId(6)}`)).toMatchObject({
      status: 'waiting',
      organic: null,
      conversion: null,
    });
    expect((await dashboard.ask('GET', `/v1/joins/${SITE}`)).status).toBe(404);
  });

  it('pages through joins and deliveries, newest first, each once, also while new ones come in', async () => {
    const walk = async (list: string, id: string, onFirstPage?: () => Promise<void>): Promise<unknown[]> => {
      const seen: unknown[] = [];
      let cursor = '';
      for (let page = 0; page < 10; page += 1) {
        const body = await get(`/v1/${list}?limit=2${cursor}`);
        seen.push(...ids(body, id));
        if (page === 0) await onFirstPage?.();
        if (body['nextCursor'] === null) return seen;
        cursor = `&cursor=${nextOf(body)}`;
      }
      throw new Error('the list never ends');
    };
    const all = [6, 5, 4, 3, 2, 1].map(joinId);
    expect(await walk('joins', 'joinId')).toEqual(all);
    expect(await walk('joins', 'joinId', () => tell([join(20)]))).toEqual(all);
    expect(await walk('joins', 'joinId')).toEqual([joinId(20), ...all]);
    expect(await walk('deliveries', 'deliveryId')).toEqual([3, 2, 1].map(deliveryId));
  });

  it('keeps order and place among joins of one second', async () => {
    const at = '2026-05-01T11:00:00Z';
    await tell([30, 31, 32, 33, 34].map((n) => join(n, { joinedAt: at })));
    const scope = 'from=2026-05-01T11:00:00Z&to=2026-05-01T11:00:01Z';
    const whole = ids(await get(`/v1/joins?${scope}`), 'joinId');
    expect(whole).toHaveLength(5);
    const first = await get(`/v1/joins?${scope}&limit=3`);
    const rest = await get(`/v1/joins?${scope}&limit=3&cursor=${nextOf(first)}`);
    expect([...ids(first, 'joinId'), ...ids(rest, 'joinId')]).toEqual(whole);
  });

  it.each([
    { path: `/v1/joins?status=attributed`, id: 'joinId', found: [3, 2, 1].map(joinId) },
    { path: `/v1/joins?status=organic`, id: 'joinId', found: [5, 4].map(joinId) },
    { path: `/v1/joins?reason=fallback-link`, id: 'joinId', found: [joinId(4)] },
    { path: `/v1/joins?siteId=${SITE}`, id: 'joinId', found: [3, 2, 1].map(joinId) },
    { path: `/v1/joins?chatId=-42`, id: 'joinId', found: [] },
    { path: `/v1/deliveries?state=rejected`, id: 'deliveryId', found: [deliveryId(3)] },
    {
      path: `/v1/deliveries?siteId=${SITE}&chatId=${CHAT}&limit=1`,
      id: 'deliveryId',
      found: [deliveryId(3)],
    },
  ])('filters by $path', async ({ path, id, found }) => expect(ids(await get(path), id)).toEqual(found));

  it.each([
    { query: 'limit=0', field: 'limit' },
    { query: 'limit=201', field: 'limit' },
    { query: 'limit=many', field: 'limit' },
    { query: 'cursor=made-up', field: 'cursor' },
    { query: 'chatId=1;DROP', field: 'chatId' },
    { query: 'siteId=7', field: 'siteId' },
    { query: 'from=yesterday', field: 'from' },
    { query: 'colour=red', field: 'colour' },
  ])('refuses $query, naming the field', async ({ query, field }) => {
    for (const list of ['joins', 'deliveries']) {
      const { status, body } = await dashboard.ask('GET', `/v1/${list}?${query}`);
      expect(status).toBe(400);
      expect((body['errors'] as { field: string }[]).map((error) => error.field)).toContain(field);
    }
  });

  it('goes on behind a message that nobody can read, and keeps it', async () => {
    const before = await get('/v1/summary');
    const topic = `${place.topicPrefix}${topics.clickCaptured.name}`;
    await produce(topic, [{ key: 'poison', value: 'not JSON' }]);
    produced += 1;
    await tell([click(40), click(42)]);
    expect((await get('/v1/summary'))['clicks']).toBe(Number(before['clicks']) + 2);
    const dead = await readAll(
      `${place.topicPrefix}${deadLetterTopic(topics.clickCaptured.name, 'dashboard')}`,
    );
    expect(dead.map(({ value }) => String(value))).toEqual(['not JSON']);
  });

  it('describes every route in its OpenAPI document', async () => {
    const document = await get('/v1/openapi.json');
    const described = Object.entries(document['paths'] as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const routes = dashboard.routes
      .map(({ method, url }) => `${method} ${url.replace(/:(\w+)/g, '{$1}')}`)
      .filter((route) => !route.startsWith('HEAD ') && !route.endsWith('/openapi.json'));
    expect(described.sort()).toEqual(routes.sort());
    expect(JSON.stringify(document)).not.toContain('ciphertext');
  });
});
