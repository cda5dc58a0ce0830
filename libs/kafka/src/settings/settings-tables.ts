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
  private consumer: Consumer | undefined;
  private catchUp: CatchUp | undefined;
  private joined = false;
  private closing = false;

  constructor(
    private readonly client: KafkaClient,
    topics: readonly TopicDefinition[],
    private readonly options: SettingsTablesOptions,
  ) {
    this.tables = new Map(
      topics.map((topic) => [client.nameOf(topic.name), { topic, rows: new InMemoryTable() }]),
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

  /** Caught up once, and still following. */
  isReady(): boolean {
    return this.joined && this.hasCaughtUp();
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
      void this.restart(error);
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
    const { consumer } = this;
    this.consumer = undefined;
    if (consumer === undefined) return;
    await consumer.disconnect();
    await this.removeGroup();
  }

  private async startConsumer(): Promise<void> {
    const names = [...this.tables.keys()];
    this.groupId = `${this.client.clientId}.tables.${randomUUID()}`;
    this.catchUp ??= await CatchUp.begin(
      this.client,
      [...this.tables.values()].map(({ topic }) => topic.name),
    );
    const consumer = this.client.consumer({
      groupId: this.groupId,
      sessionTimeout: 10_000,
      heartbeatInterval: 3_000,
      maxWaitTimeInMs: MAX_WAIT_MS,
    });
    this.consumer = consumer;
    consumer.on(consumer.events.GROUP_JOIN, () => this.onJoined());
    consumer.on(consumer.events.CRASH, ({ payload }) => this.onCrash(consumer, payload.error));
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: names, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 1,
        eachBatch: (payload) => this.onBatch(payload),
      });
    } catch (error) {
      await consumer.disconnect().catch(() => undefined);
      throw error;
    }
  }

  private onJoined(): void {
    this.joined = true;
    this.markReady();
  }

  private onBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const table = this.tables.get(batch.topic);
    if (table === undefined) return Promise.resolve();
    for (const record of batch.messages) this.apply(table, record);
    payload.resolveOffset(batch.lastOffset());
    this.metrics.rows.set({ topic: table.topic.name }, table.rows.all().length);
    this.catchUp?.reached(table.topic.name, batch.partition, BigInt(batch.lastOffset()) + 1n);
    this.markReady();
    return payload.heartbeat();
  }

  private apply({ topic, rows }: Table, record: KafkaMessage): void {
    const id = record.key?.toString('utf8') ?? '';
    if (record.value === null) {
      rows.delete(id);
      this.count(topic, 'deleted');
      return;
    }
    const decoded = decode(topic, record.value);
    if (!decoded.ok) {
      this.count(topic, 'invalid');
      // Without the value: it may hold what logs must not show.
      this.logger.error(
        { topic: topic.name, id, offset: record.offset, reason: decoded.reason },
        'settings record skipped',
      );
      return;
    }
    this.count(topic, rows.put(id, decoded.event) ? 'applied' : 'stale');
  }

  private markReady(): void {
    for (const { topic, rows } of this.tables.values()) {
      if (!rows.isReady() && this.joined && this.catchUp?.isDone(topic.name) === true) rows.markReady();
    }
  }

  private count(topic: TopicDefinition, outcome: string): void {
    this.metrics.records.inc({ topic: topic.name, outcome });
  }

  private onCrash(consumer: Consumer, error: Error): void {
    if (this.closing || consumer !== this.consumer) return;
    this.joined = false;
    const fatal = fatalCauseOf(error);
    if (fatal !== undefined) {
      this.options.onFatal(fatal);
      return;
    }
    void this.restart(error);
  }

  /** Reads all from the beginning again: versions make that harmless. */
  private async restart(cause: unknown): Promise<void> {
    let reason = cause;
    for (let pauseMs = 250; !this.closing; pauseMs = Math.min(MAX_RESTART_PAUSE_MS, pauseMs * 2)) {
      this.logger.warn(
        { reason: errorText(reason), pauseMs },
        'reader of settings stopped, starting a new one',
      );
      await pause(pauseMs);
      if (this.isClosing()) return;
      try {
        await this.startConsumer();
        return;
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
