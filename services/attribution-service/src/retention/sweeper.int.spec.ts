import { createTestDatabase, type TestDatabase } from '@clickjoin/testing';
import {
  botClickCaptured,
  botStarted,
  clickCaptured,
  CLICKED_AT,
  joinReceived,
  joinWithoutLink,
} from '../attribute/invented-events.fixture';
import { PlayedLog, PlayedService, type Input } from '../attribute/played-log.fixture';
import { RetentionStore } from './retention.store';
import { Sweeper } from './sweeper';

const DAY_MS = 86_400_000;
const USER = 7_100_000_001;

let database: TestDatabase;
let service: PlayedService;

beforeAll(async () => {
  database = await createTestDatabase();
  service = await PlayedService.start(
    database,
    { CLICKS_KEPT_DAYS: '35', JOINS_KEPT_DAYS: '40', LINKS_KEPT_DAYS: '100' },
    { providers: [Sweeper, RetentionStore] },
  );
});
afterAll(async () => {
  await service.stop();
  await database.drop();
});
beforeEach(() => service.playFrom(new PlayedLog(2), CLICKED_AT + 60_000));

const take = async (input: Input, ...events: object[]): Promise<void> => {
  for (const event of events) service.log.append(input, event, service.nowMs);
  await service.readAll([input]);
};
const sweepAfter = async (days: number): Promise<boolean> => {
  service.at(CLICKED_AT + days * DAY_MS);
  return service.get(Sweeper).sweep(() => Promise.resolve());
};
const count = async (what: string): Promise<number> =>
  (await service.query<{ n: number }[]>(`SELECT count(*)::int AS n FROM ${what}`))[0]?.n ?? -1;

const awaitsBotStart = { rule: { awaitsBotStart: true } };

it('takes addresses first, then clicks and joins, and known links last', async () => {
  await take('clicks', clickCaptured(1), clickCaptured(2), botClickCaptured(3), botClickCaptured(4));
  await take('starts', botStarted(3, USER), botStarted(4, USER));
  await take(
    'joins',
    joinReceived(1),
    joinWithoutLink(0, { userId: USER, ...awaitsBotStart }),
    joinWithoutLink(5),
  );
  expect(await count('click WHERE facts IS NOT NULL')).toBe(2);

  await sweepAfter(28);
  expect(await count('click WHERE facts IS NOT NULL')).toBe(2);
  await sweepAfter(31);
  expect(await count('click WHERE facts IS NOT NULL')).toBe(0);
  expect(await count('click')).toBe(4);
  await sweepAfter(35.1);
  expect([await count('click'), await count('bot_start'), await count('"join"')]).toEqual([2, 1, 3]);
  await sweepAfter(40.1);
  expect([await count('click'), await count('bot_start'), await count('"join"')]).toEqual([2, 1, 0]);
  await sweepAfter(101);
  expect([await count('click'), await count('bot_start')]).toEqual([0, 0]);
});

it('knows a rejoin by a link and by the bot when the join of then is long gone', async () => {
  await take('clicks', clickCaptured(1), botClickCaptured(3));
  await take('starts', botStarted(3, USER));
  await take('joins', joinReceived(1), joinWithoutLink(0, { userId: USER, ...awaitsBotStart }));
  await sweepAfter(50);
  await service.query('DELETE FROM outbox');
  const joinedAtMs = service.nowMs - 1_000;
  await take(
    'joins',
    joinReceived(1, { joinedAtMs }),
    joinWithoutLink(0, { userId: USER, joinedAtMs, ...awaitsBotStart }),
  );
  service.at(service.nowMs + 120_000);
  await service.readAll();
  await service.close();
  expect(await service.decisions()).toEqual(['rejoin', 'rejoin']);
});

it('takes nothing in again that it has removed, and says that it came', async () => {
  const all: [Input, object[]][] = [
    ['clicks', [clickCaptured(1), clickCaptured(2), botClickCaptured(3)]],
    ['starts', [botStarted(3, USER)]],
    ['joins', [joinReceived(1), joinWithoutLink(5)]],
  ];
  for (const [input, events] of all) await take(input, ...events);
  await sweepAfter(50);
  await service.query('DELETE FROM outbox');
  for (const [input, events] of all) await take(input, ...events);
  expect(await service.published()).toEqual([]);
  expect([await count('click'), await count('bot_start'), await count('"join"')]).toEqual([1, 0, 0]);
  expect(await service.surprises()).toEqual([
    'click-too-old',
    'click-too-old',
    'click-too-old',
    'join-too-old',
    'join-too-old',
  ]);
});

it('leaves alone what waits, and rests while much is unread', async () => {
  await take('joins', joinReceived(1));
  await sweepAfter(50);
  expect(await count('"join"')).toBe(1);

  await take('clicks', clickCaptured(2, { capturedAt: new Date(service.nowMs).toISOString() }));
  for (let n = 0; n < 12_000; n += 1) service.log.append('clicks', clickCaptured(10 + n), service.nowMs);
  expect(await sweepAfter(60)).toBe(false);
  expect(await count('click')).toBe(1);
});

it('works in batches, and rests between them', async () => {
  await service.query(
    `INSERT INTO click (click_key, bucket, click_id, site_id, chat_id, link_kind, captured_at, captured_at_ms, log_offset, logged_at_ms, facts)
     SELECT 'k' || n, 0, gen_random_uuid(), gen_random_uuid(), 1, 'stock', '', ${CLICKED_AT} + n, n, ${CLICKED_AT}, '{}'
       FROM generate_series(1, 2500) AS n`,
  );
  service.at(CLICKED_AT + 36 * DAY_MS);
  const pauses: number[] = [];
  await service.get(Sweeper).sweep((tookMs) => {
    pauses.push(tookMs);
    return Promise.resolve();
  });
  expect(await count('click')).toBe(0);
  // Twice for the addresses, twice for the rows.
  expect(pauses).toHaveLength(4);
});

it('keeps the table as large as five weeks are, however long it runs', async () => {
  const weekly = 1_000;
  const sizes: number[] = [];
  for (let week = 0; week < 18; week += 1) {
    const weekAgoMs = CLICKED_AT + (week - 1) * 7 * DAY_MS;
    await service.query(
      `INSERT INTO click (click_key, bucket, click_id, site_id, chat_id, link_kind, captured_at, captured_at_ms, log_offset, logged_at_ms, facts)
       SELECT 'k' || ${week} || '/' || n, 0, gen_random_uuid(), gen_random_uuid(), 1, 'stock', '',
              ${weekAgoMs} + n * ${(7 * DAY_MS) / weekly}::bigint, n, ${weekAgoMs}, '{"visitor": {"ip": "203.0.113.9"}}'
         FROM generate_series(1, ${weekly}) AS n`,
    );
    await sweepAfter(week * 7);
    // What autovacuum does at a time of its own.
    await service.query('VACUUM click');
    const [row] = await service.query<{ size: string }[]>(`SELECT pg_total_relation_size('click') AS size`);
    sizes.push(Number(row?.size));
  }
  expect(await count('click')).toBe(5 * weekly);
  const [whenFull = 0] = sizes.slice(7);
  // Eleven weeks' clicks more have gone through it: without sweeping it would be twice as large and more.
  expect(Math.max(...sizes.slice(8))).toBeLessThanOrEqual(whenFull * 1.2);
});

it.each([
  { what: 'addresses', days: 34, interruptedAtPause: 1, left: 'click WHERE facts IS NOT NULL' },
  { what: 'clicks', days: 40, interruptedAtPause: 3, left: 'click' },
])('finishes with $what what an interrupted sweep left', async ({ days, interruptedAtPause, left }) => {
  await service.query(
    `INSERT INTO click (click_key, bucket, click_id, site_id, chat_id, link_kind, captured_at, captured_at_ms, log_offset, logged_at_ms, facts)
     SELECT 'k' || n, 0, gen_random_uuid(), gen_random_uuid(), 1, 'stock', '', ${CLICKED_AT} + n, n, ${CLICKED_AT}, '{}'
       FROM generate_series(1, 2500) AS n`,
  );
  service.at(CLICKED_AT + days * DAY_MS);
  let pauses = 0;
  const sweeping = service.get(Sweeper).sweep(() => {
    pauses += 1;
    return pauses === interruptedAtPause ? Promise.reject(new Error('stopping')) : Promise.resolve();
  });
  await expect(sweeping).rejects.toThrow('stopping');
  expect(await count(left)).toBe(1_500);
  // What is about to go is refused all the while.
  await take('clicks', clickCaptured(1));
  expect(await count("click WHERE link_kind = 'stock'")).toBe(left === 'click' ? 1_500 : 2_501);

  expect(await sweepAfter(days + 0.01)).toBe(true);
  expect(await count(left)).toBe(0);
});

it('waits for the erased no longer than their clicks could still be taken in', async () => {
  await service.query('INSERT INTO erased_click (click_key, erased_at_ms) VALUES ($1, $2)', [
    'k',
    CLICKED_AT,
  ]);
  await sweepAfter(36);
  expect(await count('erased_click')).toBe(1);
  await sweepAfter(37.1);
  expect(await count('erased_click')).toBe(0);
});

it('keeps the list of surprises short', async () => {
  await service.query(
    `INSERT INTO surprise (kind, subject, noticed_at)
     SELECT 'second-click', n::text, to_timestamp(${CLICKED_AT / 1000}) FROM generate_series(1, 100) AS n`,
  );
  await sweepAfter(20);
  expect(await count('surprise')).toBe(100);
  await sweepAfter(31);
  expect(await count('surprise')).toBe(0);
});
