import { type Server } from 'node:net';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { Kafka, logLevel } from 'kafkajs';
import { CannotStart } from '../infra/cannot-start';
import { freePort } from '../infra/free-ports';
import { type TemporaryFolder, temporaryFolder } from '../infra/temporary-folder';
import { type RunningKafka, startKafka } from './embedded-kafka';
import { readTopic } from './read-topic';

describe('startKafka', () => {
  let folder: TemporaryFolder;
  let kafka: RunningKafka;

  beforeAll(async () => {
    folder = await temporaryFolder('kafka-spec');
    kafka = await startKafka({ dataDir: folder.path });
  });
  afterAll(async () => {
    await kafka.kill('SIGKILL');
    await folder.remove();
  });

  const client = (): Kafka => new Kafka({ brokers: [kafka.brokers], logLevel: logLevel.NOTHING });
  const write = async (topic: string, value: string): Promise<void> => {
    const producer = client().producer({ allowAutoTopicCreation: false, retry: { retries: 1 } });
    await producer.connect();
    await producer.send({ topic, acks: -1, messages: [{ key: 'k', value }] });
    await producer.disconnect();
  };
  const values = async (topic: string): Promise<(string | undefined)[]> =>
    (await readTopic(kafka.brokers, topic)).map((record) => record.value?.toString());
  const create = async (topic: string): Promise<void> => {
    const admin = client().admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
    await admin.disconnect();
  };

  it('keeps its data and its address over a stop and over a kill -9', async () => {
    await create('kept');
    await write('kept', 'before');
    const { brokers } = kafka;

    await kafka.stop();
    await kafka.start();
    await write('kept', 'after a stop');
    await kafka.kill('SIGKILL');
    await kafka.start();
    await write('kept', 'after a kill');

    expect(kafka.brokers).toBe(brokers);
    await expect(values('kept')).resolves.toEqual(['before', 'after a stop', 'after a kill']);
  });

  it('takes up a folder of an earlier run on new ports', async () => {
    await create('continued');
    await write('continued', 'of the earlier run');
    await kafka.stop();

    kafka = await startKafka({ dataDir: folder.path });

    await expect(values('continued')).resolves.toEqual(['of the earlier run']);
  });

  it('makes no topic by itself', async () => {
    await expect(write('misspelt', 'x')).rejects.toThrow();
    const admin = client().admin();
    await admin.connect();
    expect(await admin.listTopics()).not.toContain('misspelt');
    await admin.disconnect();
  });

  it('starts only once', async () => {
    const { pid } = kafka;
    await kafka.start();
    expect(kafka.pid).toBe(pid);
  });

  it('says in one sentence that the port is in use', async () => {
    const port = await freePort();
    const taken: Server = createServer().listen(port, '127.0.0.1');
    await once(taken, 'listening');
    try {
      const starting = startKafka({ dataDir: folder.path, port });
      await expect(starting).rejects.toThrow(CannotStart);
      await expect(starting).rejects.toThrow(
        `Port ${port} for Kafka is in use: stop the program that listens on it, or set KAFKA_PORT to another port.`,
      );
    } finally {
      taken.close();
    }
  });

  it('says in one sentence that Java is missing', async () => {
    const { JAVA_HOME } = process.env;
    process.env.JAVA_HOME = folder.path;
    try {
      await expect(startKafka({ dataDir: folder.path })).rejects.toThrow(
        /^Kafka needs Java 17 or newer, and .*install a JRE/,
      );
    } finally {
      if (JAVA_HOME === undefined) delete process.env.JAVA_HOME;
      else process.env.JAVA_HOME = JAVA_HOME;
    }
  });
});
