import { readTopic, type TopicRecord } from '@clickjoin/dev-stack/embedded';
import { Kafka, logLevel, type Message } from 'kafkajs';
import { testInfra } from './infra';

export interface TopicSpec {
  readonly topic: string;
  /** 3 by default: enough to see an order that holds for a key only. */
  readonly partitions?: number;
  /** Topic settings, as `{ 'cleanup.policy': 'compact' }`. */
  readonly config?: Readonly<Record<string, string>>;
}

/** Makes topics and waits until they can be written. */
export async function createTopics(
  topics: readonly TopicSpec[],
  brokers = testInfra().brokers,
): Promise<void> {
  const admin = client(brokers).admin();
  await admin.connect();
  try {
    await admin.createTopics({
      waitForLeaders: true,
      topics: topics.map(({ topic, partitions = 3, config = {} }) => ({
        topic,
        numPartitions: partitions,
        replicationFactor: 1,
        configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
      })),
    });
  } finally {
    await admin.disconnect();
  }
}

/** Writes records, acknowledged by all replicas before it returns; strings and Buffers as they are. */
export async function produce(
  topic: string,
  messages: readonly Message[],
  brokers = testInfra().brokers,
): Promise<void> {
  const producer = client(brokers).producer();
  await producer.connect();
  try {
    await producer.send({ topic, acks: -1, messages: [...messages] });
  } finally {
    await producer.disconnect();
  }
}

/** The whole topic from its beginning to where it ends now; each partition in order. */
export function readAll(topic: string, brokers = testInfra().brokers): Promise<TopicRecord[]> {
  return readTopic(brokers, topic);
}

function client(brokers: string): Kafka {
  return new Kafka({ clientId: 'clickjoin-test', brokers: brokers.split(','), logLevel: logLevel.NOTHING });
}
