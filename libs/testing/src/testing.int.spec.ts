import {
  startKafka,
  startPostgres,
  temporaryFolder,
  type RunningKafka,
  type TemporaryFolder,
} from '@clickjoin/dev-stack/embedded';
import { Kafka, logLevel } from 'kafkajs';
import { Client } from 'pg';
import {
  createTestDatabase,
  createTopics,
  eventually,
  KafkaApi,
  produce,
  readAll,
  TcpProxy,
  testInfra,
  uniquePrefix,
} from './index';

describe('the test harness', () => {
  it('reads back what was produced, byte for byte and in the order of each key', async () => {
    const topic = `${uniquePrefix('harness')}letters`;
    await createTopics([{ topic, partitions: 3 }]);
    await expect(readAll(topic)).resolves.toEqual([]);
    const binary = Buffer.from([0, 255, 10]);
    await produce(topic, [
      { key: 'a', value: '1', headers: { kind: 'first' } },
      { key: 'b', value: binary },
      { key: 'a', value: '2' },
      { key: 'c', value: null },
    ]);

    const records = await readAll(topic);

    expect(records).toHaveLength(4);
    const ofA = records.filter((record) => record.key?.toString() === 'a');
    expect(ofA.map((record) => record.value?.toString())).toEqual(['1', '2']);
    expect(ofA[0]?.headers.kind).toEqual(Buffer.from('first'));
    expect(records.find((record) => record.key?.toString() === 'b')?.value).toEqual(binary);
    expect(records.find((record) => record.key?.toString() === 'c')?.value).toBeNull();
  });

  it('gives each spec a database of its own and drops it under open sessions', async () => {
    const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    const client = new Client({ connectionString: one.url });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('CREATE TABLE t (a int)');
    const other = new Client({ connectionString: two.url });
    await other.connect();
    await expect(other.query('SELECT * FROM t')).rejects.toThrow('does not exist');
    await other.end();

    await Promise.all([one.drop(), two.drop()]);

    await expect(new Client({ connectionString: one.url }).connect()).rejects.toThrow('does not exist');
  });

  it('names the tier a spec belongs to when there is no infrastructure', () => {
    const { TEST_KAFKA_BROKERS } = process.env;
    delete process.env.TEST_KAFKA_BROKERS;
    try {
      expect(() => testInfra()).toThrow('*.int.spec.ts');
    } finally {
      process.env.TEST_KAFKA_BROKERS = TEST_KAFKA_BROKERS;
    }
  });
});

describe('TcpProxy', () => {
  let folder: TemporaryFolder;
  let kafka: RunningKafka;
  let proxy: TcpProxy;

  beforeAll(async () => {
    folder = await temporaryFolder('proxy');
    proxy = await TcpProxy.listen();
    kafka = await startKafka({ dataDir: folder.path, advertisedPort: proxy.port });
    proxy.targetPort = kafka.port;
  });

  afterAll(async () => {
    await proxy.close();
    await kafka.kill('SIGKILL');
    await folder.remove();
  });

  it('loses the answer to a produce request that the broker has carried out', async () => {
    const topic = 'lost-answers';
    await createTopics([{ topic, partitions: 1 }], kafka.brokers);
    const producer = new Kafka({
      brokers: [kafka.brokers],
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
    }).producer();
    await producer.connect();
    await producer.send({ topic, messages: [{ key: 'k', value: 'answered' }] });
    const dropped = proxy.dropNextResponse(KafkaApi.Produce);

    await expect(producer.send({ topic, messages: [{ key: 'k', value: 'unanswered' }] })).rejects.toThrow();

    await dropped;
    await producer.disconnect();
    const values = (await readAll(topic, kafka.brokers)).map((record) => record.value?.toString());
    expect(values).toEqual(['answered', 'unanswered']);
  });

  it('refuses, cuts and stands still on request', async () => {
    const admin = new Kafka({
      brokers: [kafka.brokers],
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
      requestTimeout: 500,
      connectionTimeout: 500,
    }).admin();
    await admin.connect();
    await admin.listTopics();
    proxy.pause();
    await expect(admin.listTopics()).rejects.toThrow();
    proxy.resume();
    proxy.refuse();
    proxy.cut();
    await expect(admin.listTopics()).rejects.toThrow();
    proxy.accept();
    await eventually(() => admin.listTopics());
    await admin.disconnect();
  });

  it('stands before anything that speaks TCP', async () => {
    const postgresFolder = await temporaryFolder('proxy-postgres');
    const postgres = await startPostgres({ dataDir: postgresFolder.path, durable: false });
    const raw = await TcpProxy.listen(postgres.port, 'raw');
    const url = new URL(postgres.url);
    url.port = String(raw.port);
    const client = new Client({ connectionString: url.toString() });
    const lost = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    await expect(client.query('SELECT 1 AS one')).resolves.toMatchObject({ rows: [{ one: 1 }] });
    raw.cut();
    await expect(lost).resolves.toBeInstanceOf(Error);
    await raw.close();
    await postgres.stop('immediate');
    await postgresFolder.remove();
  });
});
