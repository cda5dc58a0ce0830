import { encode, topics, type OutboundRecord, type TopicDefinition } from '@clickjoin/contracts';
import { loadConfig, startService, type RunningService } from '@clickjoin/service-kit';
import {
  createTestDatabase,
  eventually,
  produce,
  readAll,
  testInfra,
  uniquePrefix,
  type TestDatabase,
} from '@clickjoin/testing';
import { clickCaptured, clickIdOf, CHAT_ID, joinReceived } from './attribute/invented-events.fixture';
import { AttributionConfig } from './config';
import { definition } from './definition';

/** The whole service, as the dashboard meets it: real Kafka, real PostgreSQL, HTTP with the internal token. */
const TOKEN = 'an-invented-token-of-32-characters';
const prefix = uniquePrefix('attribution');
const CLICKED_AT = Date.now() - 60_000;
const capturedAt = new Date(CLICKED_AT).toISOString();

let database: TestDatabase;
let service: RunningService<AttributionConfig>;

beforeAll(async () => {
  database = await createTestDatabase();
  service = await startService(
    definition,
    loadConfig(AttributionConfig, {
      PORT: '0',
      LOG_LEVEL: 'silent',
      KAFKA_BROKERS: testInfra().brokers,
      TOPIC_PREFIX: prefix,
      TOPIC_PARTITIONS: '3',
      DATABASE_URL: database.url,
      DATABASE_PREFIX: database.name,
      INTERNAL_API_TOKEN: TOKEN,
      GRACE_MS: '1000',
    }),
  );
});
afterAll(async () => {
  await service.stop();
  await database.drop();
});

async function ask(
  path: string,
  { token = TOKEN, body }: { token?: string; body?: object } = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${service.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function send<T extends object>(topic: TopicDefinition<T>, ...events: T[]): Promise<void> {
  const records = events.map((event): OutboundRecord => encode(topic, event, { source: 'spec' }));
  await produce(
    `${prefix}${topic.name}`,
    records.map(({ key, value, headers }) => ({ key, value, headers })),
  );
}

const join = joinReceived(1, { joinedAtMs: CLICKED_AT + 30_000 });

it('explains a join that was attributed', async () => {
  await send(topics.clickCaptured, clickCaptured(1, { capturedAt }), clickCaptured(2, { capturedAt }));
  await send(topics.joinReceived, join);
  await eventually(async () =>
    expect(await ask(`/v1/joins/${join.joinId}/explain`)).toMatchObject({
      status: 200,
      body: { state: 'attributed', clickId: clickIdOf(1) },
    }),
  );
});

it('closes a join on idle topics, and lists a click that comes after it', async () => {
  const lonely = joinReceived(5, { joinedAtMs: CLICKED_AT + 30_000 });
  await send(topics.joinReceived, lonely);
  await eventually(async () =>
    expect(await ask(`/v1/joins/${lonely.joinId}/explain`)).toMatchObject({
      body: { state: 'organic', reason: 'no-click', decidedBy: 'deadline' },
    }),
  );
  await send(
    topics.clickCaptured,
    clickCaptured(5, { capturedAt }),
    clickCaptured(2, { capturedAt, clickId: clickIdOf(77) }),
  );
  await eventually(async () => expect((await ask('/v1/surprises')).body['items']).toHaveLength(2));
  const first = await ask('/v1/surprises?limit=1');
  expect(first.body['items']).toHaveLength(1);
  const second = await ask(`/v1/surprises?limit=1&cursor=${String(first.body['nextCursor'])}`);
  const items = [first, second].flatMap(({ body }) => body['items'] as { kind: string }[]);
  expect(items.map(({ kind }) => kind).sort()).toEqual(['late-click', 'second-click']);
  expect(second.body['nextCursor']).toBeNull();
});

it('shows the funnel by channel and hour', async () => {
  const from = new Date(CLICKED_AT - 3_600_000).toISOString();
  const { body } = await ask(`/v1/funnel?chatId=${CHAT_ID}&from=${from}`);
  const hours = body['items'] as { clicks: number; joins: number; attributed: number }[];
  const sum = (of: 'clicks' | 'joins' | 'attributed'): number =>
    hours.reduce((total, hour) => total + hour[of], 0);
  expect({ clicks: sum('clicks'), joins: sum('joins'), attributed: sum('attributed') }).toEqual({
    clicks: 4,
    joins: 2,
    attributed: 1,
  });
  expect((await ask('/v1/funnel?chatId=-1009999999999')).body['items']).toEqual([]);
});

it('erases a person, and tells everyone', async () => {
  const { telegramUserId } = join.person;
  expect(await ask('/v1/erasures', { body: { telegramUserId } })).toMatchObject({
    status: 200,
    body: { telegramUserId, joins: 1, conversions: 1, clicks: 1 },
  });
  expect((await ask(`/v1/joins/${join.joinId}/explain`)).status).toBe(404);
  await eventually(async () => {
    const [record] = await readAll(`${prefix}${topics.personErased.name}`);
    expect(JSON.parse(record?.value?.toString() ?? '{}')).toMatchObject({
      telegramUserId,
      joinIds: [join.joinId],
    });
  });
});

it.each([
  { name: 'an unknown join', path: `/v1/joins/${clickIdOf(9)}/explain`, status: 404 },
  { name: 'what is no join id', path: '/v1/joins/nothing/explain', status: 400 },
  { name: 'a cursor of somebody else', path: '/v1/surprises?cursor=page2', status: 400 },
  { name: 'too long a page', path: '/v1/surprises?limit=1000', status: 400 },
  { name: 'too long a time', path: '/v1/funnel?from=2020-01-01T00:00:00Z', status: 400 },
  { name: 'no chat id', path: '/v1/funnel?chatId=acme', status: 400 },
])('answers $status to $name', async ({ path, status }) => {
  const answer = await ask(path);
  expect(answer.status).toBe(status);
  expect(answer.body).toHaveProperty('detail');
});

it('refuses a body that is none, and everything without the token', async () => {
  expect((await ask('/v1/erasures', { body: { telegramUserId: 'x' } })).status).toBe(400);
  for (const path of [`/v1/joins/${join.joinId}/explain`, '/v1/surprises', '/v1/funnel']) {
    expect((await ask(path, { token: 'another' })).status).toBe(401);
  }
  expect((await ask('/v1/erasures', { token: 'another', body: { telegramUserId: '1' } })).status).toBe(401);
});
