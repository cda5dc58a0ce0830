import { randomBytes } from 'node:crypto';
import { KafkaClient, Publisher, TopicProvisioner } from '@clickjoin/kafka';
import { readTopic, startKafka, temporaryFolder } from '@clickjoin/dev-stack';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import type { Arena, Bench, Contender, Load, Sample } from '../bench';
import { quantile } from '../statistics';

const PARTITIONS = 12;

type Publish = (topic: string, key: string, value: Buffer) => Promise<unknown>;

/**
 * Many callers, each of whom waits for the acknowledgement of its record before it publishes the next: HTTP requests.
 * Both acknowledge by acks=all with an idempotent producer. After each run the topic is read, and must hold every
 * acknowledged record once.
 */
export const publishBench: Bench = {
  name: 'publish',
  summary: 'the publisher (one batch out at a time) against a kafkajs send for each record',
  unit: 'records/s',
  open,
};

async function open(load: Load): Promise<Arena> {
  const folder = await temporaryFolder('bench-publish');
  const broker = await startKafka({ dataDir: folder.path, heapMb: 512 });
  const client = new KafkaClient({ clientId: 'bench', brokers: [broker.brokers] });
  const publisher = new Publisher(client, { deadlineMs: 60_000 });
  const kafka = new Kafka({ clientId: 'bench', brokers: [broker.brokers], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner });
  const provisioner = new TopicProvisioner(client);
  await Promise.all([publisher.connect(), producer.connect()]);

  const contender = (name: string, publish: Publish): Contender => ({
    name,
    run: async () => {
      const topic = `bench-${randomBytes(6).toString('hex')}`;
      await provisioner.ensure([
        { name: topic, partitions: PARTITIONS, retention: { kind: 'time', days: 1 } },
      ]);
      // Connections and metadata are not what is compared.
      await publish(topic, 'warm-up', Buffer.alloc(1));
      const { sample, acknowledged } = await measure(load, (key, value) => publish(topic, key, value));
      await verify(broker.brokers, topic, [...acknowledged, 'warm-up']);
      return sample;
    },
  });
  return {
    contenders: [
      contender('publisher', (topic, key, value) => publisher.publish({ topic, key, value })),
      contender('kafkajs, a send each', (topic, key, value) =>
        producer.send({ topic, acks: -1, messages: [{ key, value }] }),
      ),
    ],
    close: async () => {
      await publisher.close();
      await Promise.all([client.close(), producer.disconnect()]);
      await broker.stop();
      await folder.remove();
    },
  };
}

async function measure(
  { records, callers, bytes }: Load,
  publish: (key: string, value: Buffer) => Promise<unknown>,
): Promise<{ sample: Sample; acknowledged: readonly string[] }> {
  const value = randomBytes(bytes);
  const latenciesMs: number[] = [];
  const acknowledged: string[] = [];
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < records) {
      const key = `record-${(next += 1)}`;
      const startedAt = performance.now();
      await publish(key, value);
      latenciesMs.push(performance.now() - startedAt);
      acknowledged.push(key);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: callers }, caller));
  const seconds = (performance.now() - startedAt) / 1_000;
  return {
    sample: {
      value: records / seconds,
      details: { 'p50 ms': quantile(latenciesMs, 0.5), 'p99 ms': quantile(latenciesMs, 0.99) },
    },
    acknowledged,
  };
}

async function verify(brokers: string, topic: string, acknowledged: readonly string[]): Promise<void> {
  const written = (await readTopic(brokers, topic)).map(({ key }) => String(key)).sort();
  const expected = [...acknowledged].sort();
  const wrong = expected.find((key, index) => written[index] !== key);
  if (wrong !== undefined || written.length !== expected.length) {
    throw new Error(
      `the topic holds ${written.length} records, ${expected.length} were acknowledged; first difference at ${String(wrong)}`,
    );
  }
}
