import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Kafka, KafkaJSError, logLevel } from 'kafkajs';

const LEADER_TRIES = 50;

export interface TopicRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
  /** Milliseconds since 1970, as the broker has it. */
  readonly timestampMs: number;
}

/**
 * Reads a topic from its beginning to where it ends at the time of the call, each partition in order.
 * @throws when the topic does not exist.
 */
export async function readTopic(brokers: string, topic: string): Promise<TopicRecord[]> {
  const kafka = new Kafka({
    clientId: 'clickjoin-reader',
    brokers: brokers.split(','),
    logLevel: logLevel.NOTHING,
  });
  const waiting = new Map<number, bigint>();
  for (const { partition, low, high } of await offsetsOf(kafka, topic)) {
    if (BigInt(high) > BigInt(low)) waiting.set(partition, BigInt(high));
  }
  if (waiting.size === 0) return [];
  return consume(kafka, topic, waiting);
}

/** kafkajs does not retry this one by itself while a partition's leader is still taking over. */
async function offsetsOf(
  kafka: Kafka,
  topic: string,
): Promise<{ partition: number; low: string; high: string }[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        return await admin.fetchTopicOffsets(topic);
      } catch (error) {
        if (!(error instanceof KafkaJSError && error.retriable) || attempt === LEADER_TRIES) throw error;
        await pause(100);
      }
    }
  } finally {
    await admin.disconnect();
  }
}

async function consume(kafka: Kafka, topic: string, waiting: Map<number, bigint>): Promise<TopicRecord[]> {
  const records: TopicRecord[] = [];
  const groupId = `clickjoin-reader-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 50, sessionTimeout: 10_000 });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on('consumer.crash', ({ payload }) => {
        if (!payload.restart) reject(payload.error);
      });
      consumer
        .run({
          autoCommit: false,
          eachBatch: async ({ batch }) => {
            const end = waiting.get(batch.partition) ?? 0n;
            for (const message of batch.messages) {
              const offset = BigInt(message.offset);
              if (offset >= end) continue;
              records.push({
                partition: batch.partition,
                offset,
                key: message.key,
                value: message.value,
                headers: buffersOf(message.headers ?? {}),
                timestampMs: Number(message.timestamp),
              });
            }
            // Compaction and transaction markers leave gaps: the position counts, not the last record.
            if (BigInt(batch.lastOffset()) + 1n >= end) waiting.delete(batch.partition);
            if (waiting.size === 0) resolve();
            return Promise.resolve();
          },
        })
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
    await deleteGroup(kafka, groupId);
  }
  return records.sort((a, b) => a.partition - b.partition || Number(a.offset - b.offset));
}

function buffersOf(
  headers: Record<string, Buffer | string | (Buffer | string)[] | undefined>,
): Record<string, Buffer> {
  const buffers: Record<string, Buffer> = {};
  for (const [name, value] of Object.entries(headers)) {
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) buffers[name] = Buffer.from(first);
  }
  return buffers;
}

/** The broker keeps an empty group for a week otherwise, and a test run reads hundreds of times. */
async function deleteGroup(kafka: Kafka, groupId: string): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.deleteGroups([groupId]);
  } catch {
    // Whatever the broker says about a group nobody uses again, what was read is right.
  } finally {
    await admin.disconnect();
  }
}
