import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { decode, type TopicDefinition } from '@clickjoin/contracts';
import { MetricsRegistry } from '@clickjoin/service-kit';
import { fatalCauseOf } from '../batch-server/crash';
import type { KafkaClient } from '../client/kafka-client';
import { errorText } from '../error-text';
import { BrokerUnreachable } from '../errors';
import type { Consumer, EachBatchPayload, KafkaMessage } from '../kafkajs';
import { pause } from '../pause';
import type { TopicProvisioner } from '../topics/topic-provisioner';
import { CatchUp } from './catch-up';
import { InMemoryTable, type SettingsTable } from './settings-table';
import { SettingsTablesMetrics } from './settings-tables.metrics';

export interface SettingsTablesOptions {
  readonly provisioner?: TopicProvisioner;
  readonly metrics?: SettingsTablesMetrics;
  /** Called when the tables can't be kept current any more. */
  readonly onFatal: (error: Error) => void;
}

interface Table {
  readonly topic: TopicDefinition;
  readonly rows: InMemoryTable;
  /** By partition: the offset after the last one read, by whichever consumer. */
  readonly readTo: Map<number, bigint>;
  /** Its topic is not the one that its rows are from: from then on nothing goes but by a tombstone. */
  isRecreated: boolean;
}

/** What one consumer reads, from the beginning of each topic on. */
interface Reading {
  readonly consumer: Consumer;
  readonly catchUp: CatchUp;
  /**
   * Tables that are not at their end yet, beside the rows that are shown. Shown on the way, [bot, tombstone] would put
   * a bot back that was removed; and rows whose tombstone is compacted away would never go.
   */
  readonly aside: Map<Table, InMemoryTable>;
  joined: boolean;
}

/** The tables change a few times a day, but a change should be seen at once: new records end the wait. */
const MAX_WAIT_MS = 1_000;
const MAX_RESTART_PAUSE_MS = 5_000;

/**
 * All settings tables of a service: compacted topics, read from the beginning by one consumer in a group of its
 * own that commits nothing, and followed from then on.
 */
export class SettingsTables {
  private readonly logger = new Logger(SettingsTables.name);
  private readonly tables: ReadonlyMap<string, Table>;
  private readonly metrics: SettingsTablesMetrics;
  private groupId = '';
  /** Undefined between two consumers. */
  private reading: Reading | undefined;
  private restarting: Promise<void> | undefined;
  private closing = false;

  constructor(
    private readonly client: KafkaClient,
    topics: readonly TopicDefinition[],
    private readonly options: SettingsTablesOptions,
  ) {
    this.tables = new Map(
      topics.map((topic) => [
        client.nameOf(topic.name),
        { topic, rows: new InMemoryTable(), readTo: new Map<number, bigint>(), isRecreated: false },
      ]),
    );
    this.metrics = options.metrics ?? new SettingsTablesMetrics(new MetricsRegistry());
  }

  /** @throws when the topic is none of those that the tables were made for */
  table<T extends object>(topic: TopicDefinition<T>): SettingsTable<T> {
    const table = this.tables.get(this.client.nameOf(topic.name));
    if (table === undefined)
      throw new Error(`no table was asked for ${topic.name}: add it to SettingsModule.forTopics`);
    // The topic that the table was made with checks each record against T.
    return table.rows as unknown as SettingsTable<T>;
  }

  /** Caught up, and following. */
  isReady(): boolean {
    return this.reading?.joined === true && this.reading.aside.size === 0 && this.hasCaughtUp();
  }

  /** Were read to their end once: what is held may be old while Kafka is away, but it is whole. */
  hasCaughtUp(): boolean {
    return [...this.tables.values()].every(({ rows }) => rows.isReady());
  }

  get ready(): Promise<void> {
    return Promise.all([...this.tables.values()].map(({ rows }) => rows.ready)).then(() => undefined);
  }

  /** Begins to read; does not wait for `ready`. @throws BrokerUnreachable, TopicMismatch */
  async start(): Promise<void> {
    const topics = [...this.tables.values()].map(({ topic }) => topic);
    if (topics.length === 0) return;
    await this.options.provisioner?.ensure(topics);
    await this.client.waitForBroker();
    try {
      await this.startConsumer();
    } catch (error) {
      const fatal = fatalCauseOf(error);
      if (fatal !== undefined) throw fatal;
      this.restart(error);
    }
  }

  /** @throws BrokerUnreachable with one sentence when the tables are not there in time */
  async waitUntilReady(deadlineMs = 60_000): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const missing = [...this.tables].filter(([, { rows }]) => !rows.isReady()).map(([name]) => name);
        reject(
          new BrokerUnreachable(
            `settings could not be read from Kafka within ${deadlineMs / 1_000} s: ${missing.join(', ')}`,
          ),
        );
      }, deadlineMs);
    });
    try {
      await Promise.race([this.ready, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    this.closing = true;
    const { reading } = this;
    this.reading = undefined;
    if (reading === undefined) return;
    await reading.consumer.disconnect();
    await this.removeGroup();
  }

  private async startConsumer(): Promise<void> {
    const names = [...this.tables.keys()];
    const catchUp = await CatchUp.begin(
      this.client,
      [...this.tables.values()].map(({ topic }) => topic.name),
    );
    if (this.closing) return;
    this.groupId = `${this.client.clientId}.tables.${randomUUID()}`;
    const consumer = this.client.consumer({
      groupId: this.groupId,
      sessionTimeout: 10_000,
      heartbeatInterval: 3_000,
      maxWaitTimeInMs: MAX_WAIT_MS,
    });
    const reading = { consumer, catchUp, aside: this.tablesAside(catchUp), joined: false };
    this.reading = reading;
    consumer.on(consumer.events.GROUP_JOIN, () => this.onJoined(reading));
    consumer.on(consumer.events.CRASH, ({ payload }) => this.onCrash(reading, payload.error));
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: names, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 1,
        eachBatch: (payload) => this.onBatch(reading, payload),
      });
    } catch (error) {
      if (this.reading === reading) this.reading = undefined;
      await consumer.disconnect().catch(() => undefined);
      throw error;
    }
  }

  private tablesAside(catchUp: CatchUp): Map<Table, InMemoryTable> {
    return new Map(
      [...this.tables.values()].map((table) => {
        const aside = new InMemoryTable();
        if (!table.isRecreated && catchUp.isShorterThan(table.topic.name, table.readTo)) {
          table.isRecreated = true;
          this.logger.error(
            { topic: table.topic.name },
            'topic was recreated: the settings read before are kept',
          );
        }
        // It was not the settings that were removed, but the log that was lost: each bot's webhook would be deleted.
        if (table.isRecreated) aside.become(table.rows);
        return [table, aside];
      }),
    );
  }

  private onJoined(reading: Reading): void {
    if (reading !== this.reading) return;
    if (reading.joined) {
      // Nothing was committed, so it begins anew, too; but what it has fetched before may still come in between.
      this.reading = undefined;
      this.restart(new Error('the reader had to join its group again'), reading.consumer);
      return;
    }
    reading.joined = true;
    this.show(reading);
  }

  private onBatch(reading: Reading, payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const table = this.tables.get(batch.topic);
    if (table === undefined || reading !== this.reading) return Promise.resolve();
    const rows = reading.aside.get(table) ?? table.rows;
    for (const record of batch.messages) this.apply(table, rows, record);
    payload.resolveOffset(batch.lastOffset());
    const next = BigInt(batch.lastOffset()) + 1n;
    if (next > (table.readTo.get(batch.partition) ?? 0n)) table.readTo.set(batch.partition, next);
    reading.catchUp.reached(table.topic.name, batch.partition, next);
    this.show(reading);
    this.metrics.rows.set({ topic: table.topic.name }, table.rows.all().length);
    return payload.heartbeat();
  }

  private apply({ topic, rows: shown }: Table, rows: InMemoryTable, record: KafkaMessage): void {
    const id = record.key?.toString('utf8') ?? '';
    if (record.value === null) {
      rows.delete(id);
      this.count(topic, 'deleted');
      return;
    }
    const decoded = decode(topic, record.value);
    if (!decoded.ok) {
      this.count(topic, 'invalid');
      const before = shown.get(id);
      // The good one before it may be compacted away by now.
      if (rows.get(id) === undefined && before !== undefined) rows.put(id, before);
      // Without the value: it may hold what logs must not show.
      this.logger.error(
        { topic: topic.name, id, offset: record.offset, reason: decoded.reason },
        'settings record skipped',
      );
      return;
    }
    this.count(topic, rows.put(id, decoded.event) ? 'applied' : 'stale');
  }

  private show({ joined, catchUp, aside }: Reading): void {
    if (!joined) return;
    for (const [table, rows] of aside) {
      if (!catchUp.isDone(table.topic.name)) continue;
      aside.delete(table);
      table.rows.become(rows);
      table.rows.markReady();
    }
  }

  private count(topic: TopicDefinition, outcome: string): void {
    this.metrics.records.inc({ topic: topic.name, outcome });
  }

  private onCrash(reading: Reading, error: Error): void {
    if (this.closing || reading !== this.reading) return;
    this.reading = undefined;
    const fatal = fatalCauseOf(error);
    if (fatal !== undefined) {
      this.options.onFatal(fatal);
      return;
    }
    this.restart(error);
  }

  /** Reads all from the beginning again, beside what is shown meanwhile. */
  private restart(cause: unknown, previous?: Consumer): void {
    this.restarting ??= this.keepStarting(cause, previous).finally(() => {
      this.restarting = undefined;
    });
  }

  private async keepStarting(cause: unknown, previous: Consumer | undefined): Promise<void> {
    let reason = cause;
    await previous?.disconnect().catch(() => undefined);
    for (let pauseMs = 250; !this.closing; pauseMs = Math.min(MAX_RESTART_PAUSE_MS, pauseMs * 2)) {
      this.logger.warn(
        { reason: errorText(reason), pauseMs },
        'reader of settings stopped, starting a new one',
      );
      await pause(pauseMs);
      if (this.isClosing()) return;
      try {
        await this.startConsumer();
        // It can crash while it is being started, and say so by its event only.
        if (this.reading !== undefined) return;
      } catch (error) {
        reason = error;
      }
    }
  }

  private isClosing(): boolean {
    return this.closing;
  }

  private async removeGroup(): Promise<void> {
    try {
      await (await this.client.admin()).deleteGroups([this.client.nameOf(this.groupId)]);
    } catch (error) {
      // The broker removes an empty group without offsets by itself.
      this.logger.debug({ reason: errorText(error) }, 'group of the settings reader not removed');
    }
  }
}
