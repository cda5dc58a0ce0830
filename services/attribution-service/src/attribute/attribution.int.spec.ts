import { topics, type ClickCaptured, type JoinReceived, type TopicDefinition } from '@clickjoin/contracts';
import type { Message, Outcome, Slice, SliceContext } from '@clickjoin/kafka';
import {
  FencedTransactions,
  OffsetsMigration,
  Outbox,
  OutboxMigration,
  PostgresModule,
} from '@clickjoin/postgres';
import {
  HealthRegistry,
  loadConfig,
  MetricsRegistry,
  ServiceKitModule,
  type Lifecycle,
} from '@clickjoin/service-kit';
import { createTestDatabase, FakeClock, type TestDatabase } from '@clickjoin/testing';
import { Test, type TestingModule } from '@nestjs/testing';
import fc from 'fast-check';
import { DataSource, type EntityManager } from 'typeorm';
import { Closer } from '../close-waiting-joins/closer';
import { AttributionConfig } from '../config';
import { SERVICE } from '../service-name';
import { AttributionMetrics } from '../metrics';
import { AttributionStore } from './attribution.store';
import { ClickCapturedHandler } from './click-captured.handler';
import { ClicksAndJoinsMigration } from './clicks-and-joins.migration';
import { JoinReceivedHandler } from './join-received.handler';
import { CLICKED_AT, clickCaptured, joinReceived, joinWithoutLink } from './invented-events.fixture';

/** The topics are played by arrays, so that every interleaving can be tried; PostgreSQL is real. */
const LOGGED_AT = CLICKED_AT + 40_000;
const GRACE_MS = 60_000;

interface LogRecord<T> {
  readonly event: T;
  readonly offset: bigint;
}
const logOf = <T>(events: readonly T[]): LogRecord<T>[] =>
  events.map((event, offset) => ({ event, offset: BigInt(offset) }));

let database: TestDatabase;
let app: TestingModule;
const clock = new FakeClock(LOGGED_AT);
let clickEnd = 0n;
let joinEnd = 0n;
/** What retention has deleted of the clicks. */
let clickStart = 0n;

beforeAll(async () => {
  database = await createTestDatabase();
  const config = loadConfig(AttributionConfig, {
    KAFKA_BROKERS: 'localhost:9092',
    DATABASE_URL: database.url,
    GRACE_MS: String(GRACE_MS),
    DATABASE_PREFIX: database.name,
  });
  const kafka = {
    offsetRanges: (topic: string) => {
      const isClicks = topic === topics.clickCaptured.name;
      const range = isClicks ? { start: clickStart, end: clickEnd } : { start: 0n, end: joinEnd };
      return Promise.resolve(new Map([[0, range]]));
    },
  };
  app = await Test.createTestingModule({
    imports: [
      ServiceKitModule.forRoot({
        service: SERVICE,
        config,
        health: new HealthRegistry(),
        metrics: new MetricsRegistry(),
        lifecycle: {} as Lifecycle,
      }),
      PostgresModule.forService({
        database: SERVICE,
        migrations: [OffsetsMigration, OutboxMigration, ClicksAndJoinsMigration],
      }),
    ],
    providers: [AttributionStore, AttributionMetrics, ClickCapturedHandler, JoinReceivedHandler],
  }).compile();
  await app.init();
  newCloser = () =>
    new Closer(
      app.get(DataSource),
      app.get(FencedTransactions),
      app.get(AttributionStore),
      app.get(Outbox),
      kafka,
      app.get(AttributionMetrics),
      clock,
    );
});
let newCloser: () => Closer;
let closer: Closer;

afterAll(async () => {
  await app.close();
  await database.drop();
});

beforeEach(() => reset());

async function reset(): Promise<void> {
  await app.get(DataSource).query('TRUNCATE click, "join", outbox, consumer_offset');
  clock.set(LOGGED_AT);
  clickEnd = 0n;
  joinEnd = 0n;
  clickStart = 0n;
  closer = newCloser();
}

/** What the batch server does: the fence and the handler in one transaction. */
async function handle<T extends object>(
  topic: TopicDefinition<T>,
  records: readonly LogRecord<T>[],
  handler: (slice: Slice<T>, context: SliceContext<EntityManager>) => Promise<Outcome[]>,
): Promise<readonly Outcome[]> {
  const fence = app.get(FencedTransactions);
  const position = (await fence.position(SERVICE, topic.name, 0)) ?? 0n;
  const fresh = records.filter(({ offset }) => offset >= position);
  const last = fresh.at(-1);
  if (last === undefined) return [];
  const messages = fresh.map(({ event, offset }): Message<T> => {
    return { event, offset, key: topic.keyOf(event), timestamp: LOGGED_AT, headers: {}, raw: null };
  });
  const from = position === 0n ? undefined : position;
  const to = last.offset + 1n;
  const result = await fence.run({ group: SERVICE, topic: topic.name, partition: 0, from, to }, (tx) =>
    handler(
      { topic: topic.name, partition: 0, messages },
      { tx, group: SERVICE, topic: topic.name, partition: 0, to },
    ),
  );
  return result.kind === 'committed' ? result.value : [];
}

const takeClicks = (records: readonly LogRecord<ClickCaptured>[]): Promise<readonly Outcome[]> =>
  handle(topics.clickCaptured, records, (slice, context) =>
    app.get(ClickCapturedHandler).onClickCaptured(slice, context),
  );
const takeJoins = (records: readonly LogRecord<JoinReceived>[]): Promise<readonly Outcome[]> =>
  handle(topics.joinReceived, records, (slice, context) =>
    app.get(JoinReceivedHandler).onJoinReceived(slice, context),
  );

/** The events in the outbox, as bytes, in an order that does not depend on how they came about. */
async function published(): Promise<string[]> {
  const rows: { topic: string; value: Buffer }[] = await app
    .get(DataSource)
    .query('SELECT topic, value FROM outbox ORDER BY topic, key, id');
  return rows.map(({ topic, value }) => `${topic} ${value.toString('utf8')}`);
}

const decisions = async (): Promise<string[]> =>
  (await published()).map((line) => /"reason":"([a-z-]+)"/.exec(line)?.[1] ?? 'attributed').sort();

describe('attribution on PostgreSQL', () => {
  it('ties a join to the click of its link, whichever comes first', async () => {
    await takeClicks(logOf([clickCaptured(1)]));
    await takeJoins(logOf([joinReceived(1)]));
    const clickFirst = await published();

    await reset();
    await takeJoins(logOf([joinReceived(1)]));
    expect(await published()).toEqual([]);
    await takeClicks(logOf([clickCaptured(1)]));

    expect(clickFirst).toHaveLength(1);
    expect(await published()).toEqual(clickFirst);
  });

  it('closes a join at its deadline, not before, and not while clicks are unread', async () => {
    await takeJoins(logOf([joinReceived(1)]));
    clickEnd = 1n;
    joinEnd = 1n;

    clock.set(LOGGED_AT + GRACE_MS - 1);
    expect(await closer.closeDue()).toBe(LOGGED_AT + GRACE_MS);
    expect(await published()).toEqual([]);

    clock.set(LOGGED_AT + GRACE_MS);
    await closer.closeDue();
    expect(await published()).toEqual([]);

    await takeClicks(logOf([clickCaptured(2)]));
    await closer.closeDue();
    expect(await decisions()).toEqual(['no-click']);
    expect(await closer.closeDue()).toBeUndefined();
  });

  it('does not flip a closed join when its click comes late', async () => {
    await takeJoins(logOf([joinReceived(1)]));
    clock.advance(GRACE_MS);
    await closer.closeDue();
    const late = async (): Promise<number> =>
      (await app.get(AttributionMetrics).lateClicks.get()).values[0]?.value ?? 0;
    const before = await late();
    await takeClicks(logOf([clickCaptured(1)]));
    expect(await decisions()).toEqual(['no-click']);
    expect((await late()) - before).toBe(1);
  });

  it('counts the report of the bot that made the link, when another bot reported the join first', async () => {
    const cut = joinReceived(1, { botId: '7234567891', link: { isOwn: false, createsJoinRequest: false } });
    await takeClicks(logOf([clickCaptured(1)]));
    await takeJoins(logOf([cut]));
    expect(await published()).toEqual([]);
    await takeJoins(logOf([cut, joinReceived(1)]));
    expect(await decisions()).toEqual(['attributed']);
  });

  it('waits for unread reports before it calls a cut link not ours', async () => {
    const cut = joinReceived(1, { link: { isOwn: false, createsJoinRequest: false } });
    await takeJoins(logOf([cut]));
    clock.advance(GRACE_MS);
    joinEnd = 2n;
    await closer.closeDue();
    expect(await published()).toEqual([]);
    await takeJoins(logOf([cut, joinWithoutLink(9)]));
    await closer.closeDue();
    expect(await decisions()).toEqual(['link-not-ours', 'no-invite-link']);
  });

  it('closes what was due under steady clicks, when those of that time are read', async () => {
    await takeJoins(logOf([joinReceived(1)]));
    clock.advance(GRACE_MS);
    const clicks = logOf(Array.from({ length: 20 }, (_, index) => clickCaptured(100 + index)));
    for (let read = 0; read < 10; read += 1) {
      // The log grows as fast as it is read: its end is never reached.
      clickEnd = BigInt(read + 5);
      await closer.closeDue();
      await takeClicks(clicks.slice(0, read + 1));
    }
    expect(await decisions()).toEqual(['no-click']);
  });

  it('calls clicks read that retention has deleted', async () => {
    await takeJoins(logOf([joinReceived(1)]));
    clock.advance(GRACE_MS);
    clickStart = 7n;
    clickEnd = 7n;
    await closer.closeDue();
    expect(await decisions()).toEqual(['no-click']);
  });

  it('gives the same events, byte for byte, over any interleaving, duplicates and batch sizes', async () => {
    const events = fc.record({
      clicks: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 10 }),
      joins: fc.array(
        fc.record({ link: fc.integer({ min: 0, max: 7 }), user: fc.integer({ min: 1, max: 4 }) }),
        { maxLength: 10 },
      ),
      steps: fc.array(fc.record({ takesClicks: fc.boolean(), upTo: fc.integer({ min: 1, max: 10 }) }), {
        maxLength: 12,
      }),
    });
    await fc.assert(
      fc.asyncProperty(events, async ({ clicks, joins, steps }) => {
        const clickLog = logOf(clicks.map((n) => clickCaptured(n)));
        const joinLog = logOf(
          joins.map(({ link, user }) => {
            const options = { userId: 7_100_000_000 + user, joinedAtMs: CLICKED_AT + user * 1_000 };
            return link === 0 ? joinWithoutLink(0, options) : joinReceived(link, options);
          }),
        );
        const close = async (): Promise<void> => {
          clickEnd = BigInt(clickLog.length);
          joinEnd = BigInt(joinLog.length);
          clock.set(LOGGED_AT + GRACE_MS);
          await closer.closeDue();
        };

        await reset();
        await takeClicks(clickLog);
        await takeJoins(joinLog);
        await close();
        const inOrder = await published();

        await reset();
        for (const { takesClicks, upTo } of steps) {
          // Always from the beginning: what was taken before comes again, as after a rebalance.
          await (takesClicks ? takeClicks(clickLog.slice(0, upTo)) : takeJoins(joinLog.slice(0, upTo)));
        }
        await takeJoins(joinLog);
        await takeClicks(clickLog);
        await close();

        expect(await published()).toEqual(inOrder);
        expect(inOrder).toHaveLength(new Set(joinLog.map(({ event }) => event.joinId)).size);
      }),
      { numRuns: 60 },
    );
  }, 120_000);
});
