import {
  type ClickCaptured,
  type ConversionAttributed,
  type DeliveryUpdated,
  type JoinOrganic,
  type JoinReceived,
  type TopicDefinition,
  topics,
} from '@clickjoin/contracts';
import { Kafka, logLevel } from 'kafkajs';
import { readTopic } from '../kafka/read-topic';

/** What the topics hold, record by record: repeats are kept. */
export interface Log {
  readonly clicks: readonly ClickCaptured[];
  readonly joins: readonly JoinReceived[];
  readonly conversions: readonly ConversionAttributed[];
  readonly organic: readonly JoinOrganic[];
  readonly deliveries: readonly DeliveryUpdated[];
  readonly rejectedUpdates: number;
  /** Records in dead-letter topics, by topic; empty ones are left out. */
  readonly deadLetters: Readonly<Record<string, number>>;
}

export async function readLog(brokers: string, prefix: string): Promise<Log> {
  const read = async <T extends object>(topic: TopicDefinition<T>): Promise<T[]> =>
    (await readTopic(brokers, `${prefix}${topic.name}`)).map(
      ({ value }) => JSON.parse(value?.toString('utf8') ?? 'null') as T,
    );
  return {
    clicks: await read(topics.clickCaptured),
    joins: await read(topics.joinReceived),
    conversions: await read(topics.conversionAttributed),
    organic: await read(topics.joinOrganic),
    deliveries: await read(topics.deliveryUpdated),
    rejectedUpdates: (await readTopic(brokers, `${prefix}${topics.updateRejected.name}`)).length,
    deadLetters: await countDeadLetters(brokers, prefix),
  };
}

async function countDeadLetters(brokers: string, prefix: string): Promise<Record<string, number>> {
  const kafka = new Kafka({
    clientId: 'clickjoin-books',
    brokers: brokers.split(','),
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  await admin.connect();
  const counts: Record<string, number> = {};
  try {
    const names = (await admin.listTopics()).filter(
      (name) => name.startsWith(prefix) && name.endsWith('.dlq'),
    );
    for (const name of names) {
      const offsets = await admin.fetchTopicOffsets(name);
      const count = offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
      if (count > 0) counts[name.slice(prefix.length)] = count;
    }
  } finally {
    await admin.disconnect();
  }
  return counts;
}
