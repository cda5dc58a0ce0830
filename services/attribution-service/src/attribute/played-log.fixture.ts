import { createHash } from 'node:crypto';
import {
  topics,
  type BotStarted,
  type ClickCaptured,
  type JoinReceived,
  type TopicDefinition,
} from '@clickjoin/contracts';
import type { Outcome, Slice, SliceContext } from '@clickjoin/kafka';
import { KafkaClient, Retriable } from '@clickjoin/kafka';
import { FencedTransactions, PostgresModule } from '@clickjoin/postgres';
import {
  HealthRegistry,
  loadConfig,
  MetricsRegistry,
  ServiceKitModule,
  type Lifecycle,
} from '@clickjoin/service-kit';
import { Global, Module, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { DataSource, type EntityManager } from 'typeorm';
import { BotStartStore } from '../bot-start/bot-start.store';
import { BotStartedHandler } from '../bot-start/bot-started.handler';
import { MemberKnowledgeStore } from '../bot-start/member-knowledge';
import { Closer } from '../close-waiting-joins/closer';
import { LogClock } from '../close-waiting-joins/log-clock';
import { ReadMarks } from '../close-waiting-joins/read-marks';
import { AttributionConfig } from '../config';
import { AttributionMetrics } from '../metrics';
import { migrations } from '../migrations';
import { SERVICE } from '../service-name';
import { AttributeModule } from './attribute.module';
import { ClickCapturedHandler } from './click-captured.handler';
import { DecisionWriter } from './decision.writer';
import { JoinReceivedHandler } from './join-received.handler';
import { JoinStore } from './join.store';

export interface LogRecord {
  readonly event: object;
  readonly offset: bigint;
  readonly loggedAtMs: number;
}

export const INPUTS = {
  clicks: topics.clickCaptured,
  joins: topics.joinReceived,
  starts: topics.botStarted,
} as const;
export type Input = keyof typeof INPUTS;

/** A topic's partitions as arrays, with the time at which each record came into the log. */
export class PlayedLog {
  private readonly records = new Map<string, LogRecord[]>();
  /** What retention has deleted of the beginning, by `<input>/<partition>`. */
  readonly starts = new Map<string, bigint>();

  constructor(readonly partitions: number) {}

  partitionOf(input: Input, event: object): number {
    const topic = INPUTS[input] as TopicDefinition;
    return createHash('sha256').update(topic.keyOf(event)).digest().readUInt32BE() % this.partitions;
  }

  /** Records must be appended in the order of their times. */
  append(input: Input, event: object, loggedAtMs: number): void {
    const partition = this.partitionOf(input, event);
    const records = this.of(input, partition);
    records.push({ event, offset: BigInt(records.length), loggedAtMs });
  }

  of(input: Input, partition: number): LogRecord[] {
    const id = `${input}/${partition}`;
    const records = this.records.get(id) ?? [];
    this.records.set(id, records);
    return records;
  }

  /** As Kafka would answer at that time. */
  rangesAt(topicName: string, nowMs: number): Map<number, { start: bigint; end: bigint }> {
    const input = (Object.keys(INPUTS) as Input[]).find((name) => INPUTS[name].name === topicName);
    if (input === undefined) throw new Error(`${topicName} is not played`);
    return new Map(
      Array.from({ length: this.partitions }, (_, partition) => {
        const end = this.of(input, partition).filter(({ loggedAtMs }) => loggedAtMs <= nowMs).length;
        const start = this.starts.get(`${input}/${partition}`) ?? 0n;
        return [partition, { start, end: BigInt(end) > start ? BigInt(end) : start }];
      }),
    );
  }
}

/** The time and the log that the service under test sees. */
class Surroundings {
  nowMs = 0;
  log = new PlayedLog(1);
}

/**
 * The real handlers and the real closer on real PostgreSQL. The topics are played by arrays, so that every order in
 * which they can be read can be tried.
 */
export class PlayedService {
  private closer: Closer;

  private constructor(
    private readonly app: TestingModule,
    private readonly surroundings: Surroundings,
  ) {
    this.closer = this.newCloser();
  }

  /** @param database of this spec alone. */
  static async start(
    database: { readonly url: string; readonly name: string },
    env: Readonly<Record<string, string>> = {},
    extra: { providers?: Type[]; controllers?: Type[] } = {},
  ): Promise<PlayedService> {
    const surroundings = new Surroundings();
    const config = loadConfig(AttributionConfig, {
      KAFKA_BROKERS: 'localhost:9092',
      DATABASE_URL: database.url,
      DATABASE_PREFIX: database.name,
      ...env,
    });

    @Global()
    @Module({
      providers: [
        {
          provide: KafkaClient,
          useValue: {
            offsetRanges: (topic: string) =>
              Promise.resolve(surroundings.log.rangesAt(topic, surroundings.nowMs)),
          },
        },
      ],
      exports: [KafkaClient],
    })
    class PlayedKafka {}

    const app = await Test.createTestingModule({
      imports: [
        ServiceKitModule.forRoot({
          service: SERVICE,
          config,
          health: new HealthRegistry(),
          metrics: new MetricsRegistry(),
          lifecycle: {} as Lifecycle,
        }),
        PostgresModule.forService({ database: SERVICE, migrations }),
        PlayedKafka,
        AttributeModule,
      ],
      providers: extra.providers ?? [],
      controllers: extra.controllers ?? [],
    })
      .overrideProvider(LogClock)
      .useValue({ now: () => Promise.resolve(surroundings.nowMs) })
      .compile();
    await app.init();
    return new PlayedService(app, surroundings);
  }

  get<T>(token: Type<T>): T {
    return this.app.get(token);
  }

  async stop(): Promise<void> {
    await this.app.close();
  }

  /** Begins anew: an empty database, and this log. */
  async playFrom(log: PlayedLog, nowMs: number): Promise<void> {
    this.surroundings.log = log;
    this.surroundings.nowMs = nowMs;
    this.closer = this.newCloser();
    // Few rows: quicker than TRUNCATE, which makes new files.
    await this.query(
      `DELETE FROM click; DELETE FROM "join"; DELETE FROM outbox; DELETE FROM consumer_offset; DELETE FROM bot_start;
       DELETE FROM member_note; DELETE FROM funnel; DELETE FROM surprise; DELETE FROM swept; DELETE FROM erased_person;
       DELETE FROM erased_click`,
    );
  }

  get log(): PlayedLog {
    return this.surroundings.log;
  }

  get nowMs(): number {
    return this.surroundings.nowMs;
  }

  at(nowMs: number): void {
    this.surroundings.nowMs = nowMs;
  }

  query<T>(sql: string, parameters: unknown[] = []): Promise<T> {
    return this.app.get(DataSource).query<T>(sql, parameters);
  }

  /**
   * What the batch server does: the fence and the handler in one transaction.
   * @param upTo records of what the partition holds now, at most; what was read before is skipped.
   * @param believed where this owner believes the partition to stand; else it asks.
   * @param beforeCommit when all is done and nobody else can see it yet.
   */
  async read(
    input: Input,
    partition: number,
    {
      upTo = Infinity,
      believed,
      dies = false,
      beforeCommit = () => Promise.resolve(),
    }: {
      upTo?: number;
      believed?: bigint | undefined;
      dies?: boolean;
      beforeCommit?: () => Promise<void>;
    } = {},
  ): Promise<readonly Outcome[] | 'fenced' | 'nothing'> {
    const topic = INPUTS[input];
    const fence = this.app.get(FencedTransactions);
    const from = believed ?? (await fence.position(SERVICE, topic.name, partition));
    const start = this.log.starts.get(`${input}/${partition}`) ?? 0n;
    const records = this.log
      .of(input, partition)
      .filter(({ loggedAtMs, offset }) => loggedAtMs <= this.nowMs && offset >= (from ?? start))
      .slice(0, upTo);
    const last = records.at(-1);
    if (last === undefined) return 'nothing';
    const to = last.offset + 1n;
    const messages = records.map(({ event, offset, loggedAtMs }) => {
      return {
        event,
        offset,
        key: (topic as TopicDefinition).keyOf(event),
        timestamp: loggedAtMs,
        headers: {},
        raw: null,
      };
    });
    try {
      const result = await fence.run(
        { group: SERVICE, topic: topic.name, partition, from, to },
        async (tx) => {
          const slice = { topic: topic.name, partition, messages } as Slice;
          const outcomes = await this.handle(input, slice, {
            tx,
            group: SERVICE,
            topic: topic.name,
            partition,
            to,
          });
          await beforeCommit();
          if (dies) throw new Died();
          return outcomes;
        },
      );
      return result.kind === 'committed' ? result.value : 'fenced';
    } catch (error) {
      // What the batch server tries again by itself is tried again here by whoever reads next.
      const isTriedAgain = error instanceof Retriable || fence.isTransient(error);
      if (error instanceof Died || isTriedAgain) return 'nothing';
      throw error;
    }
  }

  /** Every partition of the topics, as far as they reach now. */
  async readAll(inputs: readonly Input[] = ['clicks', 'joins', 'starts']): Promise<void> {
    for (const input of inputs) {
      for (let partition = 0; partition < this.log.partitions; partition += 1) {
        await this.read(input, partition);
      }
    }
  }

  close(): Promise<number | undefined> {
    return this.closer.closeDue();
  }

  /** As a new process has it: it remembers no mark of a log that was played before. */
  private newCloser(): Closer {
    const { app } = this;
    const marks = new ReadMarks(app.get(KafkaClient), app.get(FencedTransactions));
    return new Closer(
      app.get(DataSource),
      app.get(JoinStore),
      app.get(BotStartStore),
      app.get(MemberKnowledgeStore),
      app.get(DecisionWriter),
      marks,
      app.get(AttributionMetrics),
      app.get(LogClock),
    );
  }

  /** The events in the outbox, as bytes, in an order that does not depend on how they came about. */
  async published(): Promise<string[]> {
    const rows = await this.query<{ topic: string; value: Buffer }[]>('SELECT topic, value FROM outbox');
    return rows.map(({ topic, value }) => `${topic} ${value.toString('utf8')}`).sort();
  }

  /** In short: `attributed` or the reason. */
  async decisions(): Promise<string[]> {
    return (await this.published())
      .map((line) => /"reason":"([a-z-]+)"/.exec(line)?.[1] ?? 'attributed')
      .sort();
  }

  /** Kinds of what is listed. */
  async surprises(): Promise<string[]> {
    const rows = await this.query<{ kind: string }[]>('SELECT kind FROM surprise ORDER BY kind');
    return rows.map(({ kind }) => kind);
  }

  private handle(input: Input, slice: Slice, context: SliceContext<EntityManager>): Promise<Outcome[]> {
    switch (input) {
      case 'clicks':
        return this.app.get(ClickCapturedHandler).onClickCaptured(slice as Slice<ClickCaptured>, context);
      case 'joins':
        return this.app.get(JoinReceivedHandler).onJoinReceived(slice as Slice<JoinReceived>, context);
      case 'starts':
        return this.app.get(BotStartedHandler).onBotStarted(slice as Slice<BotStarted>, context);
    }
  }
}

/** The process ends after its work and before the commit. */
class Died extends Error {}
