import { conversionIdOf, ERASED_IDS_MAX, topics, type PersonErased } from '@clickjoin/contracts';
import type { Message, Outcome } from '@clickjoin/kafka';
import { createTestDatabase, type TestDatabase } from '@clickjoin/testing';
import { DataSource } from 'typeorm';
import { SETTLE_MS } from '../close-waiting-joins/closer';
import {
  botClickCaptured,
  botStarted,
  clickCaptured,
  clickIdOf,
  CLICKED_AT,
  joinReceived,
  joinWithoutLink,
  linkKey,
} from '../attribute/invented-events.fixture';
import { PlayedLog, PlayedService, type Input } from '../attribute/played-log.fixture';
import { SERVICE } from '../service-name';
import { Erasure } from './erasure';
import { ErasureStore } from './erasure.store';
import { PersonErasedHandler } from './person-erased.handler';

const USER = 7_100_000_001;
const OTHER = 7_100_000_002;
const NOW = CLICKED_AT + 60_000;

let database: TestDatabase;
let service: PlayedService;

beforeAll(async () => {
  database = await createTestDatabase();
  service = await PlayedService.start(
    database,
    {},
    { providers: [Erasure, ErasureStore], controllers: [PersonErasedHandler] },
  );
});
afterAll(async () => {
  await service.stop();
  await database.drop();
});
beforeEach(() => service.playFrom(new PlayedLog(3), NOW));

const take = async (input: Input, ...events: object[]): Promise<void> => {
  for (const event of events) service.log.append(input, event, service.nowMs);
  await service.readAll([input]);
};
const erase = (user = USER): Promise<unknown> => service.get(Erasure).erase(String(user));
const told = async (): Promise<PersonErased[]> =>
  (await service.published())
    .filter((line) => line.startsWith('privacy.person-erased'))
    .map((line) => JSON.parse(line.slice(line.indexOf('{'))) as PersonErased);
/** What the service's own topic tells it. */
const hear = (...events: PersonErased[]): Promise<Outcome[]> =>
  service.get(DataSource).transaction((tx) => {
    const topic = topics.personErased.name;
    const messages = events.map((event, index): Message<PersonErased> => {
      return {
        event,
        offset: BigInt(index),
        key: event.telegramUserId,
        timestamp: NOW,
        headers: {},
        raw: null,
      };
    });
    const context = { tx, group: SERVICE, topic, partition: 0, to: BigInt(events.length) };
    return service.get(PersonErasedHandler).onPersonErased({ topic, partition: 0, messages }, context);
  });
/** Everything that the database holds, but for what waits to be published. */
const held = async (): Promise<string> => {
  const tables = [
    'click',
    '"join"',
    'bot_start',
    'member_note',
    'surprise',
    'funnel',
    'erased_person',
    'erased_click',
  ];
  const rows = await Promise.all(tables.map((table) => service.query(`SELECT * FROM ${table}`)));
  return JSON.stringify(rows);
};

const awaitsBotStart = { rule: { awaitsBotStart: true } };
const journey = async (): Promise<void> => {
  await take('clicks', clickCaptured(1), botClickCaptured(2), botClickCaptured(3));
  await take('starts', botStarted(2, USER), botStarted(3, USER));
  await take(
    'joins',
    joinReceived(1, { userId: USER }),
    joinWithoutLink(0, { userId: USER, joinedAtMs: CLICKED_AT + 31_000, ...awaitsBotStart }),
  );
};

it('leaves nothing of a person, and names to others what was theirs', async () => {
  await journey();
  expect(await held()).toContain(String(USER));
  expect(await erase()).toEqual({
    telegramUserId: String(USER),
    erasedAt: new Date(NOW).toISOString(),
    joins: 2,
    conversions: 2,
    clicks: 3,
  });
  const left = await held();
  expect(left).not.toContain(String(USER));
  expect(left).not.toContain('203.0.113.9');
  const [event, ...others] = await told();
  expect(others).toEqual([]);
  expect(event?.joinIds).toHaveLength(2);
  expect(event?.conversionIds).toHaveLength(2);
  expect(event?.clickIds).toEqual([1, 2, 3].map(clickIdOf));
});

it('takes nothing of it in again', async () => {
  await journey();
  await erase();
  await service.query('DELETE FROM outbox');
  await journey();
  await service.query('DELETE FROM consumer_offset');
  await service.readAll();
  service.at(NOW + 60_000 + SETTLE_MS);
  await service.close();
  expect(await service.published()).toEqual([]);
  expect(await held()).not.toContain(String(USER));
});

it('lets nobody else convert by the links', async () => {
  await journey();
  await erase();
  await take('joins', joinReceived(1, { userId: OTHER }));
  expect((await service.decisions()).filter((decision) => decision !== 'attributed')).toEqual([
    'link-already-converted',
  ]);
});

it('begins anew when the person comes again', async () => {
  await journey();
  await erase();
  service.at(NOW + 10_000);
  const again = { userId: USER, joinedAtMs: NOW + 5_000 };
  await take('clicks', clickCaptured(4, { capturedAt: new Date(NOW + 2_000).toISOString() }));
  await take('joins', joinReceived(4, again));
  expect(await service.decisions()).toEqual(['attributed', 'attributed', 'attributed', 'attributed']);
});

it("leaves alone what is another person's, by the same start link too", async () => {
  await take('clicks', botClickCaptured(2), clickCaptured(9));
  await take('starts', botStarted(2, OTHER), botStarted(2, USER));
  await take(
    'joins',
    joinWithoutLink(0, { userId: OTHER, ...awaitsBotStart }),
    joinReceived(9, { userId: OTHER, joinedAtMs: CLICKED_AT + 33_000 }),
    joinReceived(9, { userId: USER, joinedAtMs: CLICKED_AT + 40_000 }),
  );
  await erase();
  expect((await told())[0]).toMatchObject({ clickIds: [], conversionIds: [] });
  const rows = await service.query<object[]>(
    `SELECT 1 FROM click WHERE converted_by_user = ${OTHER} AND converted_by_join IS NOT NULL`,
  );
  expect(rows).toHaveLength(2);
});

it('finds clicks whose join is not kept any more', async () => {
  await take('clicks', clickCaptured(1));
  const join = joinReceived(1, { userId: USER });
  await take('joins', join);
  await service.query('DELETE FROM "join"');
  await erase();
  expect((await told())[0]).toMatchObject({
    joinIds: [join.joinId],
    conversionIds: [conversionIdOf(join.joinId)],
    clickIds: [clickIdOf(1)],
  });
  expect(await held()).not.toContain(String(USER));
});

it('tells of a person of whom nothing is known, and tells much in parts', async () => {
  await erase(OTHER);
  expect(await told()).toEqual([expect.objectContaining({ telegramUserId: String(OTHER), joinIds: [] })]);

  await service.query('DELETE FROM outbox');
  const joins = Array.from({ length: ERASED_IDS_MAX + 5 }, (_, index) =>
    joinWithoutLink(0, { userId: USER, joinedAtMs: CLICKED_AT + index * 1_000 }),
  );
  service.at(CLICKED_AT + 2_000_000);
  await take('joins', ...joins);
  await erase();
  expect((await told()).map(({ joinIds }) => joinIds.length).sort((a, b) => a - b)).toEqual([
    5,
    ERASED_IDS_MAX,
  ]);
});

it('misses no join that is being written while it erases', async () => {
  await take('clicks', ...[1, 2, 3, 4, 5, 6].map((n) => clickCaptured(n)));
  const joins = [1, 2, 3, 4, 5, 6].map((n) =>
    joinReceived(n, { userId: USER, joinedAtMs: CLICKED_AT + n * 1_000 }),
  );
  for (const join of joins) service.log.append('joins', join, service.nowMs);
  await Promise.all([erase(), ...[0, 1, 2].map((partition) => service.read('joins', partition))]);
  expect(await held()).not.toContain(String(USER));
});

const ADDRESS = '203.0.113.9';

describe('a click that was not read with the rest', () => {
  it('is blanked when the join is read after the erasure', async () => {
    await take('clicks', clickCaptured(1), botClickCaptured(2));
    await erase();
    expect(await held()).toContain(ADDRESS);
    await take('starts', botStarted(2, USER));
    await take('joins', joinReceived(1, { userId: USER }));
    expect(await held()).not.toContain(ADDRESS);
    expect(await service.decisions()).toHaveLength(1);
  });

  it.each([
    { name: 'comes in blank after its join and start were erased', isErasedFirst: false },
    { name: 'comes in blank after its join and start were refused', isErasedFirst: true },
  ])('$name, and nobody else has it', async ({ isErasedFirst }) => {
    if (isErasedFirst) await erase();
    await take('starts', botStarted(2, USER));
    await take('joins', joinReceived(1, { userId: USER }), joinReceived(1, { userId: OTHER }));
    if (!isErasedFirst) await erase();
    await service.query('DELETE FROM outbox');
    await take('clicks', clickCaptured(1), botClickCaptured(2), clickCaptured(5));
    const rows = await service.query<{ click_id: string }[]>(
      'SELECT click_id FROM click WHERE facts IS NOT NULL',
    );
    expect(rows).toEqual([{ click_id: clickIdOf(5) }]);
    expect(await service.decisions()).toEqual(['link-already-converted']);
  });

  it('goes to nobody who joins by the same link behind them', async () => {
    await erase();
    await service.query('DELETE FROM outbox');
    await take('clicks', clickCaptured(1));
    await take('joins', joinReceived(1, { userId: USER }), joinReceived(1, { userId: OTHER }));
    expect(await service.decisions()).toEqual(['link-already-converted']);
    expect(await held()).not.toContain(ADDRESS);
  });

  it('is not taken for theirs when everybody has the same link', async () => {
    await take('joins', joinReceived(1, { userId: USER }));
    await erase();
    await take('clicks', clickCaptured(1, { linkKind: 'fallback' }));
    expect(await held()).toContain(ADDRESS);
  });
});

describe('a database that was lost', () => {
  const loseDatabase = (): Promise<void> => service.playFrom(new PlayedLog(3), NOW);

  it('publishes nobody anew of whom the topic tells, and tells nobody', async () => {
    await journey();
    await erase();
    const events = await told();
    await loseDatabase();
    expect(await hear(...events)).toEqual([{ kind: 'done' }]);
    await journey();
    service.at(NOW + 60_000 + SETTLE_MS);
    await service.close();
    expect(await service.published()).toEqual([]);
    const left = await held();
    expect(left).not.toContain(String(USER));
    expect(left).not.toContain(ADDRESS);
  });

  it('erases what it has read before the erasure, but not what came after it', async () => {
    await journey();
    await erase();
    const events = await told();
    await loseDatabase();
    service.at(NOW + 10_000);
    await journey();
    await take(
      'clicks',
      clickCaptured(4, { capturedAt: new Date(NOW + 2_000).toISOString() }),
      clickCaptured(9),
    );
    await take('joins', joinReceived(4, { userId: USER, joinedAtMs: NOW + 5_000 }));
    await hear(...events);
    const rows = await service.query<{ link_key: string }[]>('SELECT link_key FROM "join"');
    expect(rows).toEqual([{ link_key: linkKey(4) }]);
    const clicks = await service.query<{ click_id: string }[]>(
      `SELECT click_id FROM click WHERE converted_by_user = ${USER}`,
    );
    expect(clicks).toEqual([{ click_id: clickIdOf(4) }]);
    expect(await told()).toEqual([]);
  });

  it('blanks a click by its name, whose join is in the log no more', async () => {
    await journey();
    await erase();
    const events = await told();
    await loseDatabase();
    await take('clicks', clickCaptured(1));
    await hear(...events);
    await take('clicks', botClickCaptured(2), botClickCaptured(3));
    expect(await held()).not.toContain(ADDRESS);
  });

  it('is another case than hearing of an erasure that was done here, which changes nothing', async () => {
    await journey();
    await erase();
    service.at(NOW + 10_000);
    await take('joins', joinReceived(4, { userId: USER, joinedAtMs: NOW + 5_000 }));
    const before = await held();
    expect(await hear(...(await told()))).toEqual([{ kind: 'skipped', reason: 'erased' }]);
    expect(await held()).toBe(before);
  });
});
