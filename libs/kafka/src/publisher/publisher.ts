import { Logger } from '@nestjs/common';
import { MetricsRegistry } from '@clickjoin/service-kit';
import type { KafkaClient } from '../client/kafka-client';
import { errorText } from '../error-text';
import { BrokerUnreachable } from '../errors';
import { pause, waitAtMost } from '../pause';
import { IdempotentProducer, isRefusal } from './idempotent-producer';
import { PublishFailed, PublisherClosed, RecordRejected } from './publish-errors';
import { type Entry, PublishQueue } from './publish-queue';
import { PublisherMetrics } from './publisher.metrics';
import { type PublishableRecord, sizeOf } from './record';

export interface PublisherOptions {
  /** Default 1,000. */
  readonly maxBatchRecords?: number;
  /** Default 900 KB, below the 1 MB that brokers take by default. */
  readonly maxBatchBytes?: number;
  /** Default 10,000 records or 32 MB: some seconds of traffic; beyond that callers get Overloaded. */
  readonly maxQueuedRecords?: number;
  readonly maxQueuedBytes?: number;
  /** Larger records are refused at once. Default 1,040,000, just below the broker's default. */
  readonly maxRecordBytes?: number;
  /** For calls that don't say. Default 5 s. */
  readonly deadlineMs?: number;
  /** How long a batch is retried before its producer is given up. Default 30 s. */
  readonly settleWithinMs?: number;
  readonly metrics?: PublisherMetrics;
}

export interface PublishOptions {
  readonly deadlineMs?: number;
  /** For topics that take more than the default. */
  readonly maxRecordBytes?: number;
}

const MAX_RECONNECT_PAUSE_MS = 2_000;

/**
 * Acknowledged means: in the log, once. Records that arrive while a batch is out go with the next one, so
 * there is never more than one send outstanding (kafkajs loses acknowledged records otherwise), and the busier
 * it gets the larger the batches are. Idle, it owns no timer.
 */
export class Publisher {
  private readonly logger = new Logger(Publisher.name);
  private readonly limits: Required<Omit<PublisherOptions, 'metrics'>>;
  private readonly metrics: PublisherMetrics;
  private readonly queue: PublishQueue;
  private readonly knownTopics = new Set<string>();
  private producer: IdempotentProducer | undefined;
  private draining: Promise<void> | undefined;
  private state: 'open' | 'closing' | 'closed' = 'open';

  constructor(
    private readonly client: KafkaClient,
    options: PublisherOptions = {},
  ) {
    this.limits = {
      maxBatchRecords: options.maxBatchRecords ?? 1_000,
      maxBatchBytes: options.maxBatchBytes ?? 900_000,
      maxQueuedRecords: options.maxQueuedRecords ?? 10_000,
      maxQueuedBytes: options.maxQueuedBytes ?? 32 * 1_048_576,
      maxRecordBytes: options.maxRecordBytes ?? 1_040_000,
      deadlineMs: options.deadlineMs ?? 5_000,
      settleWithinMs: options.settleWithinMs ?? 30_000,
    };
    this.metrics = options.metrics ?? new PublisherMetrics(new MetricsRegistry());
    this.queue = new PublishQueue(
      { maxRecords: this.limits.maxQueuedRecords, maxBytes: this.limits.maxQueuedBytes },
      (mayBeWritten) => this.metrics.timeouts.inc({ outcome: mayBeWritten ? 'unknown' : 'withdrawn' }),
    );
  }

  /**
   * Optional: the first publish connects too, but then pays for it.
   * @throws BrokerUnreachable
   */
  async connect(deadlineMs = 60_000): Promise<void> {
    await this.client.waitForBroker(deadlineMs);
    try {
      await this.openProducer();
    } catch (error) {
      throw new BrokerUnreachable(`Kafka gave out no producer id: ${errorText(error)}`, { cause: error });
    }
  }

  /** Resolves when the record is in the log. @throws see publishAll */
  publish(record: PublishableRecord, options: PublishOptions = {}): Promise<void> {
    return this.publishAll([record], options);
  }

  /**
   * Resolves when all are in the log; records of one key stay in order. When one fails, those after it that
   * were not sent yet are withdrawn.
   * @throws Overloaded, PublishTimeout, PublishFailed, PublisherClosed (all Retriable, with `mayBeWritten`),
   *   RecordRejected
   */
  async publishAll(records: readonly PublishableRecord[], options: PublishOptions = {}): Promise<void> {
    if (records.length === 0) return;
    if (this.state !== 'open') {
      this.metrics.refused.inc({ reason: 'closed' }, records.length);
      throw new PublisherClosed(false);
    }
    const limit = options.maxRecordBytes ?? this.limits.maxRecordBytes;
    const sizes = records.map(sizeOf);
    const tooLarge = sizes.findIndex((size) => size > limit);
    if (tooLarge >= 0) {
      this.metrics.refused.inc({ reason: 'too-large' });
      throw new RecordRejected(
        `a record of ${String(sizes[tooLarge])} bytes for ${String(records[tooLarge]?.topic)} is over the limit of ${limit}`,
      );
    }
    const settled = this.enqueue(records, sizes, options.deadlineMs ?? this.limits.deadlineMs);
    this.draining ??= this.drain();
    await settled;
  }

  /** Takes no more, sends what waits, disconnects. What is not out after the timeout fails. */
  async close(timeoutMs = 10_000): Promise<void> {
    if (this.state === 'closed') return;
    this.state = 'closing';
    // A batch that is out ends by its own time limit; shutdown can't wait that long.
    await waitAtMost(timeoutMs, this.draining);
    this.state = 'closed';
    this.queue.failAll(new PublisherClosed(false));
    const { producer } = this;
    this.producer = undefined;
    await waitAtMost(2_000, producer?.dispose());
  }

  private enqueue(
    records: readonly PublishableRecord[],
    sizes: readonly number[],
    deadlineMs: number,
  ): Promise<void> {
    try {
      const settled = this.queue.add(records, sizes, deadlineMs);
      this.metrics.queued.set(this.queue.length);
      return settled;
    } catch (error) {
      this.metrics.refused.inc({ reason: 'overloaded' }, records.length);
      throw error;
    }
  }

  private async drain(): Promise<void> {
    let failures = 0;
    // One turn of the event loop: callers of the same moment share the first batch.
    await nextTurn();
    while (this.queue.length > 0 && this.isDraining()) {
      const producer = await this.openProducer().catch((error: unknown) => {
        this.logger.warn({ reason: errorText(error), waiting: this.queue.length }, 'no connection to Kafka');
        return undefined;
      });
      if (producer === undefined) {
        failures += 1;
        await pause(Math.min(MAX_RECONNECT_PAUSE_MS, 100 * 2 ** failures));
        continue;
      }
      failures = 0;
      const batch = this.queue.take({
        maxRecords: this.limits.maxBatchRecords,
        maxBytes: this.limits.maxBatchBytes,
      });
      this.metrics.queued.set(this.queue.length);
      const sendable = await this.withoutUnknownTopics(batch);
      if (sendable.length > 0) await this.send(producer, sendable);
      await nextTurn();
    }
    this.draining = undefined;
    if (this.queue.length > 0 && this.isDraining()) this.draining = this.drain();
  }

  private isDraining(): boolean {
    return this.state !== 'closed';
  }

  private async send(producer: IdempotentProducer, batch: readonly Entry[]): Promise<void> {
    const endTimer = this.metrics.duration.startTimer();
    this.metrics.batchSize.observe(batch.length);
    try {
      await producer.send(recordsOf(batch));
      this.acknowledge(batch);
    } catch (error) {
      if (isRefusal(error)) await this.isolateRefused(producer, batch);
      else this.giveUp(producer, batch, error);
    } finally {
      endTimer();
    }
  }

  /**
   * The broker refuses one partition's part of the batch and does not say what became of the others. The same
   * part sent again under the same sequence numbers is recognised if it was written; the refused part was not
   * written at all, so it may be split until the culprit stands alone.
   */
  private async isolateRefused(producer: IdempotentProducer, batch: readonly Entry[]): Promise<void> {
    const parts = partsOf(producer, batch);
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      try {
        await producer.send(recordsOf(part));
        this.acknowledge(part);
      } catch (error) {
        if (!isRefusal(error)) {
          this.giveUp(producer, [part, ...parts].flat(), error);
          return;
        }
        const [only] = part;
        if (part.length === 1 && only !== undefined) {
          this.metrics.refused.inc({ reason: 'broker' });
          this.queue.fail(
            only,
            new RecordRejected(`Kafka refuses the record: ${errorText(error)}`, { cause: error }),
          );
        } else {
          const middle = part.length >> 1;
          parts.unshift(part.slice(0, middle), part.slice(middle));
        }
      }
    }
  }

  private acknowledge(batch: readonly Entry[]): void {
    this.metrics.batches.inc({ outcome: 'acknowledged' });
    for (const entry of batch) {
      this.metrics.records.inc({ topic: entry.record.topic });
      this.queue.succeed(entry);
    }
  }

  /** The next batch must not reuse this producer's sequence numbers: see IdempotentProducer. */
  private giveUp(producer: IdempotentProducer, batch: readonly Entry[], error: unknown): void {
    this.metrics.batches.inc({ outcome: 'failed' });
    this.logger.error({ reason: errorText(error), records: batch.length }, 'Kafka did not take a batch');
    if (this.producer === producer) this.producer = undefined;
    void producer.dispose();
    const failure = new PublishFailed(`Kafka did not take the batch: ${errorText(error)}`, true, error);
    for (const entry of batch) this.queue.fail(entry, failure);
  }

  private async openProducer(): Promise<IdempotentProducer> {
    if (this.producer !== undefined) return this.producer;
    const producer = new IdempotentProducer(this.client, this.limits.settleWithinMs);
    try {
      await producer.connect();
    } catch (error) {
      await producer.dispose();
      throw error;
    }
    this.producer = producer;
    return producer;
  }

  /** kafkajs would retry the whole batch for as long as one topic of it is not there. */
  private async withoutUnknownTopics(batch: readonly Entry[]): Promise<readonly Entry[]> {
    const unseen = new Set(
      batch.map(({ record }) => record.topic).filter((topic) => !this.knownTopics.has(topic)),
    );
    const missing = new Set<string>();
    for (const topic of unseen) {
      // Unsure (broker away) counts as there: the send finds out.
      const exists = await this.client.topicExists(topic).catch(() => undefined);
      if (exists === true) this.knownTopics.add(topic);
      if (exists === false) missing.add(topic);
    }
    if (missing.size === 0) return batch;
    for (const entry of batch) {
      const { topic } = entry.record;
      if (!missing.has(topic)) continue;
      this.metrics.refused.inc({ reason: 'unknown-topic' });
      this.queue.fail(entry, new RecordRejected(`topic ${this.client.nameOf(topic)} does not exist`));
    }
    return batch.filter(({ record }) => !missing.has(record.topic));
  }
}

const recordsOf = (batch: readonly Entry[]): PublishableRecord[] => batch.map(({ record }) => record);

/** By topic and partition, in order. */
function partsOf(producer: IdempotentProducer, batch: readonly Entry[]): Entry[][] {
  const parts = new Map<string, Entry[]>();
  for (const entry of batch) {
    const name = `${entry.record.topic}/${String(producer.partitionOf(entry.record))}`;
    const part = parts.get(name);
    if (part === undefined) parts.set(name, [entry]);
    else part.push(entry);
  }
  return [...parts.values()];
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
