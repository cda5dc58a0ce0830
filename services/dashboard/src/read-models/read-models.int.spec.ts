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
  erased,
  join,
  joinId,
  left,
  recordOf,
  SITE,
  STORY,
  STORY_SUMMARY,
  telegramUserId,
  type Happening,
} from '../../test/story';
import { LinkShares } from '../channels/link-share';
import { ClicksStore } from '../clicks/clicks.store';
import { DeliveriesStore } from '../deliveries/deliveries.store';
import { DeliveriesReader } from '../deliveries/deliveries.reader';
import { JoinsReader } from '../joins/joins.reader';
import { JoinsStore } from '../joins/joins.store';
import { MembershipsStore } from '../memberships/memberships.store';
import { rebuild } from '../rebuild/rebuild';

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
  const gone = slice.filter((each) => each.topic === 'memberLeft').map(({ event }) => event);
  await app.get(MembershipsStore).applyLeft(tx, gone);
  for (const each of slice)
    if (each.topic === 'personErased') await app.get(MembershipsStore).applyErased(tx, each.event);
}

/** All rows of the read models. */
async function tables(): Promise<Record<string, unknown[]>> {
  const keys = {
    click: 'click_id',
    join: 'join_id',
    delivery: 'delivery_id',
    attempt: 'delivery_id, number',
    member_left: 'telegram_user_id, chat_id, left_at',
    accepted_conversion: 'join_id',
  };
  const dumps = await Promise.all(
    Object.entries(keys).map(
      async ([table, key]) =>
        [table, await dashboard.sql(`SELECT * FROM "${table}" ORDER BY ${key}`)] as const,
    ),
  );
  return Object.fromEntries(dumps);
}

/** Where the sums that are kept differ from those of the rows. */
const wrongSums = (): Promise<unknown[]> =>
  dashboard.sql(`
    WITH counted AS (
      SELECT captured_at AS at, chat_id, site_id, 'clicks' AS what FROM click
      UNION ALL SELECT captured_at, chat_id, site_id, 'clicks_attributable' FROM click
                 WHERE link_kind NOT IN ('fallback', 'none')
      UNION ALL SELECT captured_at, chat_id, site_id, 'clicks_with_ttclid' FROM click WHERE has_ttclid
      UNION ALL SELECT joined_at, chat_id, site_id, outcome FROM "join" WHERE outcome <> 'erased'
      UNION ALL SELECT joined_at, chat_id, site_id, 'own_link' FROM "join" WHERE link_is_matchable
      UNION ALL SELECT joined_at, chat_id, site_id, 'reason ' || organic_reason FROM "join"
                 WHERE outcome = 'organic'
      UNION ALL SELECT joined_at, chat_id, site_id, 'match ' || match_level FROM "join"
                 WHERE outcome = 'attributed'
      UNION ALL SELECT joined_at, chat_id, site_id, 'state ' || state FROM delivery
      UNION ALL (SELECT DISTINCT ON (join_id) joined_at, chat_id, site_id, 'accepted' FROM delivery
                  WHERE state = 'accepted' ORDER BY join_id)
    ), of_rows AS (
      SELECT date_bin('15 minutes', at, 'epoch') AS quarter_at, chat_id,
             coalesce(site_id, '00000000-0000-0000-0000-000000000000') AS site_id, what, count(*)::int AS n
        FROM counted GROUP BY 1, 2, 3, 4
    ), kept AS (
      SELECT quarter_at, chat_id, site_id, sum.* FROM overview_quarter CROSS JOIN LATERAL (VALUES
        ('clicks', clicks), ('clicks_attributable', clicks_attributable),
        ('clicks_with_ttclid', clicks_with_ttclid), ('attributed', attributed), ('organic', organic),
        ('waiting', waiting), ('own_link', own_link), ('accepted', accepted)) AS sum (what, n) WHERE n <> 0
      UNION ALL
      SELECT quarter_at, chat_id, site_id, measure || ' ' || label, n FROM overview_label WHERE n <> 0
    ), days AS (
      SELECT date_trunc('day', quarter_at, 'UTC') AS day_at, chat_id, site_id, measure || ' ' || label AS what,
             sum(n)::int AS n
        FROM overview_label GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0
    ), kept_days AS (
      SELECT day_at, chat_id, site_id, measure || ' ' || label, n FROM overview_label_day WHERE n <> 0
    )
    (SELECT 'of rows' AS side, * FROM (SELECT * FROM of_rows EXCEPT SELECT * FROM kept) AS a)
    UNION ALL
    (SELECT 'kept' AS side, * FROM (SELECT * FROM kept EXCEPT SELECT * FROM of_rows) AS b)
    UNION ALL
    (SELECT 'days' AS side, * FROM ((SELECT * FROM days EXCEPT SELECT * FROM kept_days)
       UNION ALL (SELECT * FROM kept_days EXCEPT SELECT * FROM days)) AS c)`);

const empty = (): Promise<unknown> =>
  dashboard.sql(
    'TRUNCATE click, "join", delivery, attempt, accepted_conversion, overview_quarter, overview_label, overview_label_day, member_left, erased_person',
  );

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
    const story = [...STORY, join(70), erased(70)];
    for (const happening of story) await apply(manager, [happening]);
    const expected = await tables();
    expect(expected['attempt']).toHaveLength(5);

    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(story, { minLength: story.length }),
        fc.array(fc.constantFrom(...story), { maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 4 }),
        async (shuffled, again, sizes) => {
          await empty();
          for (const slice of slices([...shuffled, ...again], sizes))
            await manager.transaction((tx) => apply(tx, slice));
          expect(await tables()).toEqual(expected);
          expect(await wrongSums()).toEqual([]);
        },
      ),
      { numRuns: 40 },
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
        manager.transaction((tx) => apply(tx, [...crowd.slice(50), ...crowd.map((_, n) => click(n))])),
      ]);
      expect((await tables())['join']).toHaveLength(200);
      expect(await wrongSums()).toEqual([]);
    }
    await empty();
  });

  it('know what share of a channel’s joins came by a link of its own', async () => {
    const { app } = dashboard.service;
    const { manager } = app.get(DataSource);
    await empty();
    const joinedAt = new Date().toISOString();
    const link = { isOwn: false, createsJoinRequest: false };
    const joins = [
      join(1, { joinedAt }),
      join(2, { joinedAt, link }),
      join(3, { joinedAt, link, route: 'direct' }),
    ];
    // The last one comes twice and counts once; one of long ago does not count.
    await apply(manager, [...joins, join(3, { joinedAt, link, route: 'direct' })]);
    await apply(manager, [join(4, { joinedAt: '2026-01-01T00:00:00.000Z' })]);
    const shareOf = await app.get(LinkShares).of([CHAT, '-1']);
    expect(shareOf(CHAT)).toMatchObject({ joins: 3, withOwnLink: 1 });
    expect(shareOf('-1')).toMatchObject({ joins: 0, withOwnLink: 0 });
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
    expect(await wrongSums()).toEqual([]);
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
      outcome: 'attributed',
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
      outcome: 'organic',
      conversion: null,
      deliveries: [],
      organic: { reason: 'public-direct-join', title: 'Joined the public channel directly' },
    });
    expect(await get(`/v1/joins/${joinId(6)}`)).toMatchObject({
      outcome: 'waiting',
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
    { path: `/v1/joins?outcome=attributed`, id: 'joinId', found: [3, 2, 1].map(joinId) },
    { path: `/v1/joins?outcome=organic`, id: 'joinId', found: [5, 4].map(joinId) },
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
      .filter(
        (route) => !route.startsWith('HEAD ') && !route.endsWith('/openapi.json') && route !== 'GET /*',
      );
    expect(described.sort()).toEqual(routes.sort());
    expect(JSON.stringify(document)).not.toContain('ciphertext');
  });

  it('tells the story of a join from the click to the last attempt, and that the person left', async () => {
    const detail = await get(`/v1/joins/${joinId(2)}`);
    const timeline = detail['timeline'] as { kind: string; title: string; at: string | null }[];
    expect(timeline.map(({ kind }) => kind)).toEqual([
      'click',
      'link',
      'join',
      'decision',
      'attempt',
      'attempt',
      'attempt',
      'delivery',
      'left',
    ]);
    expect(detail).toMatchObject({ left: { kind: 'removed' }, isRejoin: false, explain: null });
    expect((await get(`/v1/joins/${joinId(5)}`))['timeline']).toEqual([
      expect.objectContaining({ kind: 'join' }),
      expect.objectContaining({
        kind: 'decision',
        title: 'Organic: Joined the public channel directly',
        explanation: expect.stringContaining('Make the channel private'),
      }),
    ]);
  });

  it('forgets a person who was erased, also when a replay brings them back', async () => {
    const forgotten = async () => (await get(`/v1/joins/${joinId(5)}`))['person'];
    expect(await forgotten()).toEqual({ telegramUserId: null });
    await tell([join(5), left(5, 40)]);
    expect(await forgotten()).toEqual({ telegramUserId: null });
    expect(ids(await get(`/v1/joins?q=${telegramUserId(5)}`), 'joinId')).toEqual([]);
    expect(ids(await get(`/v1/joins?q=${telegramUserId(3)}`), 'joinId')).toEqual([joinId(3)]);
    expect(ids(await get(`/v1/joins?q=${joinId(3).toUpperCase()}`), 'joinId')).toEqual([joinId(3)]);
  });

  it('does not wait for a decision on a person who was erased', async () => {
    const before = await get('/v1/summary');
    await tell([join(70)]);
    expect(await get(`/v1/joins/${joinId(70)}`)).toMatchObject({ outcome: 'waiting' });
    await tell([erased(70)]);
    expect(await get(`/v1/joins/${joinId(70)}`)).toMatchObject({ outcome: 'erased' });
    expect(ids(await get('/v1/joins?outcome=erased'), 'joinId')).toEqual([joinId(70)]);
    expect(ids(await get('/v1/joins?outcome=waiting'), 'joinId')).not.toContain(joinId(70));
    expect(await get('/v1/summary')).toEqual(before);
    expect(await wrongSums()).toEqual([]);
  });

  it('knows who was there before', async () => {
    const again = join(3, { joinId: joinId(903), joinedAt: '2026-05-01T12:30:00Z' });
    await tell([left(3, 60), again]);
    expect(await get(`/v1/joins/${joinId(3)}`)).toMatchObject({ isRejoin: false, left: { kind: 'left' } });
    const rejoin = await get(`/v1/joins/${joinId(903)}`);
    expect(rejoin).toMatchObject({ isRejoin: true, left: null });
    expect((rejoin['timeline'] as { kind: string }[])[0]).toMatchObject({ kind: 'earlier-join' });
  });

  it('shows of a delivery what was heard while the dispatcher is away', async () => {
    expect(await get(`/v1/deliveries/${deliveryId(2)}`)).toMatchObject({
      state: 'accepted',
      isDispatcherReachable: false,
      request: null,
      attempts: [{ number: 1 }, { number: 2 }, { number: 3 }],
    });
    expect((await dashboard.ask('GET', `/v1/deliveries/${SITE}`)).status).toBe(404);
    const replay = await dashboard.ask('POST', '/v1/replays', {
      deliveryIds: [deliveryId(2)],
      dryRun: true,
    });
    expect(replay.status).toBe(503);
    expect(replay.body).toMatchObject({
      title: 'A service does not answer',
      detail: expect.stringContaining('tiktok-dispatcher'),
    });
  });

  it('gives the lists as files that spreadsheets read and do not run', async () => {
    await dashboard.sql(
      `INSERT INTO channel (chat_id, type, title, is_public, observed_at) VALUES ($1, 'channel', $2, true, now())`,
      [CHAT, '=HYPERLINK("https://evil.example")'],
    );
    const file = await dashboard.ask('GET', `/v1/joins.csv?outcome=attributed`);
    expect(file.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="joins.csv"');
    const [head = '', ...lines] = file.text
      .replace(/^\ufeff/, '')
      .trimEnd()
      .split('\r\n');
    expect(head.startsWith('joinId,joinedAt,outcome,')).toBe(true);
    expect(lines.map((line) => line.split(',')[0])).toEqual([3, 2, 1].map(joinId));
    expect(lines[0]).toContain(`"'=HYPERLINK(""https://evil.example"")"`);
    const deliveries = await dashboard.ask('GET', '/v1/deliveries.csv');
    expect(deliveries.text.trimEnd().split('\r\n')).toHaveLength(4);
    expect((await dashboard.ask('GET', '/v1/joins.csv?outcome=lost')).status).toBe(400);
  });

  describe('the overview', () => {
    const ALL = 'from=2026-05-01T00:00:00Z&to=2026-05-03T00:00:00Z';
    const overview = (query: string) => get(`/v1/sites/${SITE}/overview?${query}`);

    beforeAll(async () => {
      await dashboard.sql(
        `INSERT INTO site (site_id, name, allowed_origins, version, configured_at)
         VALUES ($1, 'Garden', '{}', 1, now())`,
        [SITE],
      );
      await dashboard.sql(`UPDATE channel SET site_id = $1 WHERE chat_id = $2`, [SITE, CHAT]);
    });

    it('says what the books say', async () => {
      const { clicks, joins, attributed, organic, deliveries } = (await get('/v1/summary')) as {
        clicks: number;
        joins: number;
        attributed: number;
        organic: Record<string, number>;
        deliveries: Record<string, number>;
      };
      const whole = await overview(ALL);
      expect(whole['totals']).toMatchObject({ clicks, joins, attributed, organic: 2, accepted: 2 });
      expect(whole['organicReasons']).toEqual(
        Object.entries(organic).map(([reason, count]): unknown => expect.objectContaining({ reason, count })),
      );
      expect(whole['deliveryStates']).toEqual(
        Object.entries(deliveries)
          .map(([state, count]) => ({ state, count }))
          .sort((one, other) => other.count - one.count),
      );
      expect(whole['matchLevels']).toEqual([
        { level: 'high', count: 1 },
        { level: 'medium', count: 0 },
        { level: 'low', count: 2 },
      ]);
      const series = whole['series'] as { startAt: string; joins: number }[];
      expect(series.map(({ startAt }) => startAt)).toEqual([
        '2026-05-01T00:00:00.000Z',
        '2026-05-02T00:00:00.000Z',
      ]);
      expect(series.reduce((sum, step) => sum + step.joins, 0)).toBe(joins);
      expect(whole['channels']).toEqual([expect.objectContaining({ chatId: CHAT, joins, attributed })]);
    });

    it('begins days and hours where the viewer does, also where the offset is no whole hour', async () => {
      const starts = async (query: string) =>
        ((await overview(query))['series'] as { startAt: string }[]).map(({ startAt }) =>
          startAt.slice(5, 16),
        );
      const day = 'from=2026-04-30T18:15:00Z&to=2026-05-01T18:15:00Z';
      expect(await starts(`${day}&timeZone=Asia/Kathmandu`)).toEqual(['04-30T18:15']);
      expect((await starts(`${day}&timeZone=Asia/Kathmandu&interval=hour`)).slice(0, 2)).toEqual([
        '04-30T18:15',
        '04-30T19:15',
      ]);
      // The clocks go forward on 29 March 2026: that day has 23 hours.
      const berlin = 'from=2026-03-28T23:00:00Z&to=2026-03-30T22:00:00Z&timeZone=Europe/Berlin';
      expect(await starts(berlin)).toEqual(['03-28T23:00', '03-29T22:00']);
      expect(await starts(`${berlin}&interval=hour`)).toHaveLength(47);
    });

    it.each([
      { query: 'from=2026-05-02T00:00:00Z&to=2026-05-01T00:00:00Z', field: 'to' },
      { query: 'from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z&interval=hour', field: 'interval' },
      { query: `${ALL}&timeZone=Mars/Olympus`, field: 'timeZone' },
      { query: 'to=2026-05-01T00:00:00Z', field: 'from' },
    ])('refuses $query, naming the field', async ({ query, field }) => {
      const { status, body } = await dashboard.ask('GET', `/v1/sites/${SITE}/overview?${query}`);
      expect([status, (body['errors'] as { field: string }[])[0]?.field]).toEqual([400, field]);
    });

    it('counts the organic joins of a site among its own, in lists too', async () => {
      expect(ids(await get(`/v1/joins?siteId=${SITE}&outcome=organic`), 'joinId')).toEqual(
        [5, 4].map(joinId),
      );
      expect(ids(await get(`/v1/joins?siteId=${SITE}&reason=fallback-link`), 'joinId')).toEqual([joinId(4)]);
      const all = ids(await get(`/v1/joins?siteId=${SITE}`), 'joinId');
      expect(all).toEqual(ids(await get('/v1/joins'), 'joinId'));
      const first = await get(`/v1/joins?siteId=${SITE}&limit=4`);
      const rest = await get(`/v1/joins?siteId=${SITE}&cursor=${nextOf(first)}`);
      expect([...ids(first, 'joinId'), ...ids(rest, 'joinId')]).toEqual(all);
    });
  });

  it('is made anew by the rebuild, beside the running service, with the same books', async () => {
    const before = [await get('/v1/summary'), await tables()];
    await dashboard.sql(`UPDATE "join" SET organic_reason = NULL`);
    await dashboard.sql(`UPDATE overview_quarter SET clicks = 99`);
    await dashboard.sql(`DELETE FROM attempt`);
    const said: string[] = [];
    const options = { say: (line: string) => said.push(line), write: () => undefined, sayEveryMs: 100 };
    expect(await rebuild(dashboard.service.config, { ...options, dryRun: true })).toBe(0n);
    expect(await tables()).not.toEqual(before[1]);
    const worked = await rebuild(dashboard.service.config, { ...options, dryRun: false });
    expect(worked).toBe(BigInt(produced));
    expect([await get('/v1/summary'), await tables()]).toEqual(before);
    expect(await wrongSums()).toEqual([]);
    expect(said.at(-1)).toMatch(/^Done: \d+ messages in \d+ s\.$/);
    // And the service goes on from there.
    await tell([click(60)]);
  });
});

describe('the lists', () => {
  beforeAll(async () => {
    await empty();
    await dashboard.sql(`
      INSERT INTO "join" (join_id, chat_id, joined_at, telegram_user_id, conversion_id, site_id, organic_reason)
      SELECT gen_random_uuid(), -1000 - n % 40, now() - n * interval '1 minute', 8000000000 + n,
             CASE WHEN n % 2 = 0 THEN gen_random_uuid() END,
             CASE WHEN n % 2 = 0 THEN '${SITE}'::uuid END, CASE WHEN n % 2 = 1 THEN 'no-click' END
        FROM generate_series(1, 60000) AS n`);
    await dashboard.sql(`
      INSERT INTO delivery (delivery_id, conversion_id, join_id, pixel_id, site_id, chat_id, event_id, state,
                            revision, joined_at, updated_at)
      SELECT gen_random_uuid(), conversion_id, join_id, gen_random_uuid(), site_id, chat_id, 'e', 'accepted', 1,
             joined_at, joined_at FROM "join" WHERE conversion_id IS NOT NULL`);
    await dashboard.sql(`VACUUM ANALYZE "join"`);
    await dashboard.sql(`VACUUM ANALYZE delivery`);
  }, 60_000);

  const planOf = async ({ sql, parameters }: { sql: string; parameters: unknown[] }): Promise<string> =>
    (await dashboard.sql<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`, parameters))
      .map((row) => row['QUERY PLAN'])
      .join('\n');

  it.each([
    {},
    { outcome: 'organic' },
    { outcome: 'waiting' },
    { reason: 'rejoin' },
    { chatId: '-1001' },
    { chatId: '-1001', outcome: 'waiting' },
    { chatId: '-1001', reason: 'rejoin' },
    { siteId: SITE },
    { siteId: SITE, outcome: 'attributed' },
    { siteId: SITE, outcome: 'waiting' },
    { q: '8000000100' },
    { q: SITE },
    { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' },
  ] as const)('of joins are read by an index, never whole: %j', async (filter) => {
    const plan = await planOf(await dashboard.service.app.get(JoinsReader).statement(filter));
    expect(plan).not.toMatch(/Seq Scan on ("?join"?|delivery)/);
    expect(plan).toMatch(/Index (Only )?Scan/);
  });

  it.each([
    {},
    { state: 'held' },
    { siteId: SITE },
    { siteId: SITE, state: 'held' },
    { pixelId: SITE },
    { pixelId: SITE, state: 'held' },
    { chatId: '-1001' },
    { chatId: '-1001', state: 'held' },
  ] as const)('of deliveries are read by an index, never whole: %j', async (filter) => {
    const plan = await planOf(dashboard.service.app.get(DeliveriesReader).statement(filter));
    expect(plan).not.toMatch(/Seq Scan on (delivery|attempt)/);
    expect(plan).toMatch(/Index (Only )?Scan/);
  });
});
