import { randomUUID } from 'node:crypto';
import type { TopicDefinition } from '@clickjoin/contracts';
import { readMessage, type KafkaClient, type RawMessage } from '@clickjoin/kafka';

export interface Range {
  readonly start: bigint;
  /** The first offset that is not read. */
  readonly end: bigint;
}
/** By partition. */
export type Ranges = ReadonlyMap<number, Range>;

export interface Slice {
  readonly topic: TopicDefinition;
  readonly partition: number;
  readonly records: readonly RawMessage[];
}

const SLICE_SIZE = 500;
const CONCURRENTLY = 3;

type Consumer = ReturnType<KafkaClient['consumer']>;

/** Some topics as they were at a moment: a bounded run ends, however much is written meanwhile. */
export class BoundedLog {
  private constructor(
    private readonly client: KafkaClient,
    readonly ranges: ReadonlyMap<string, Ranges>,
  ) {}

  static async asOfNow(client: KafkaClient, topics: readonly TopicDefinition[]): Promise<BoundedLog> {
    const ranges = new Map<string, Ranges>();
    for (const { name } of topics) {
      // Not every installation has every topic: who never erased anybody has no such log.
      const isThere = await client.topicExists(name);
      ranges.set(name, isThere ? await client.offsetRanges(name) : new Map());
    }
    return new BoundedLog(client, ranges);
  }

  rangesOf(topic: string): Ranges {
    return this.ranges.get(topic) ?? new Map<number, Range>();
  }

  get records(): number {
    let sum = 0;
    for (const ranges of this.ranges.values()) {
      for (const { start, end } of ranges.values()) sum += Number(end - start);
    }
    return sum;
  }

  /**
   * Reads one topic from its beginning to its end, each partition in order, with a group of its own that nobody else
   * notices and that is gone afterwards.
   * @throws what `work` threw, or the signal's reason
   */
  async read(
    topic: TopicDefinition,
    work: (slice: Slice) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    const missing = new Map([...this.rangesOf(topic.name)].filter(([, { start, end }]) => end > start));
    if (missing.size === 0) return;
    const groupId = `attribution-rebuild-${randomUUID()}`;
    const consumer = this.client.consumer({
      groupId,
      maxWaitTimeInMs: 100,
      maxBytesPerPartition: 512 * 1_024,
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [this.client.nameOf(topic.name)], fromBeginning: true });
      await this.untilRead(consumer, topic, missing, work, signal);
    } finally {
      await consumer.disconnect();
      await this.deleteGroup(groupId);
    }
  }

  private async untilRead(
    consumer: Consumer,
    topic: TopicDefinition,
    missing: Map<number, Range>,
    work: (slice: Slice) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const give = (error: unknown): void =>
        reject(error instanceof Error ? error : new Error(String(error)));
      const onAbort = (): void => give(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      consumer.on(consumer.events.CRASH, ({ payload }) => give(payload.error));
      consumer
        .run({
          autoCommit: false,
          eachBatchAutoResolve: false,
          partitionsConsumedConcurrently: CONCURRENTLY,
          eachBatch: async (payload) => {
            const { batch } = payload;
            const { partition } = batch;
            const range = missing.get(partition);
            if (range === undefined) return;
            const records = batch.messages.filter(({ offset }) => BigInt(offset) < range.end);
            try {
              for (let from = 0; from < records.length; from += SLICE_SIZE) {
                signal.throwIfAborted();
                const slice = records
                  .slice(from, from + SLICE_SIZE)
                  .map((record) => readMessage(topic, record));
                await work({ topic, partition, records: slice });
                payload.resolveOffset(String(slice.at(-1)?.offset));
                await payload.heartbeat();
              }
            } catch (error) {
              // Not by the crash that follows, which says less.
              give(error);
              throw error;
            }
            if (BigInt(batch.lastOffset()) + 1n < range.end) return;
            missing.delete(partition);
            consumer.pause([{ topic: batch.topic, partitions: [partition] }]);
            if (missing.size === 0) {
              signal.removeEventListener('abort', onAbort);
              resolve();
            }
          },
        })
        .catch(give);
    });
  }

  private async deleteGroup(groupId: string): Promise<void> {
    try {
      await (await this.client.admin()).deleteGroups([this.client.nameOf(groupId)]);
    } catch {
      // An empty group that stays behind is forgotten by the broker by itself.
    }
  }
}
