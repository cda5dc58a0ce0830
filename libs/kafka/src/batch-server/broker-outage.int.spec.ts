import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { encode } from '@clickjoin/contracts';
import { type RunningKafka, startKafka, type TemporaryFolder, temporaryFolder } from '@clickjoin/dev-stack';
import { createTestDatabase, eventually, readAll, type TestDatabase } from '@clickjoin/testing';
import type { DataSource } from 'typeorm';
import {
  type ConsumerApp,
  openDatabase,
  startConsumerApp,
  topic,
  writeEffects,
} from '../../test/consumer-app';
import { KafkaClient } from '../client/kafka-client';
import { PublishTimeout } from '../publisher/publish-errors';
import { Publisher } from '../publisher/publisher';

const OUTAGE_MS = 15_000;

describe('while the broker is stopped for 15 s', () => {
  let folder: TemporaryFolder;
  let broker: RunningKafka;
  let infra: TestDatabase;
  let database: DataSource;
  let app: ConsumerApp;
  let client: KafkaClient;
  let publisher: Publisher;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    folder = await temporaryFolder('outage');
    [broker, infra] = await Promise.all([startKafka({ dataDir: folder.path }), createTestDatabase()]);
    database = await openDatabase(infra.url);
    client = new KafkaClient({ clientId: 'outage', brokers: [broker.brokers], requestTimeoutMs: 5_000 });
    publisher = new Publisher(client, { deadlineMs: 60_000 });
    app = await startConsumerApp(
      { brokers: broker.brokers, databaseUrl: infra.url, topicPrefix: '', groupId: 'outage', owner: 'only' },
      database,
      (slice, context) => writeEffects(slice, context, 'only'),
      { maxSliceSize: 10 },
    );
  });
  afterAll(async () => {
    await app.close();
    await publisher.close(1_000);
    await client.close();
    await database.destroy();
    await broker.kill('SIGKILL');
    await Promise.all([folder.remove(), infra.drop()]);
  });

  const record = (n: number) =>
    encode(
      topic,
      { botId: String((n % 3) + 1), receivedAt: '2026-01-01T00:00:00.000Z', reason: 'test', body: `m${n}` },
      { source: 'spec' },
    );

  it('nothing acknowledged is lost, nothing is done twice, and everything goes on by itself', async () => {
    const acknowledged: string[] = [];
    const withdrawn: string[] = [];
    const unknown: string[] = [];
    let stopped = false;
    let n = 0;
    // One caller at a time for each key keeps the order of a key defined.
    const caller = async (): Promise<void> => {
      while (!stopped) {
        const id = (n += 1);
        try {
          await publisher.publish(record(id), { deadlineMs: 3_000 });
          acknowledged.push(`m${id}`);
        } catch (error) {
          if (!(error instanceof PublishTimeout)) throw error;
          (error.mayBeWritten ? unknown : withdrawn).push(`m${id}`);
        }
        await sleep(5);
      }
    };
    const callers = [caller(), caller(), caller()];
    await eventually(() => expect(acknowledged.length).toBeGreaterThan(50));
    await broker.kill('SIGKILL');
    const ready = jest.spyOn(app.server, 'isReady');
    await sleep(OUTAGE_MS);
    const before = acknowledged.length;
    await broker.start();
    await eventually(() => expect(acknowledged.length).toBeGreaterThan(before + 50), { timeoutMs: 30_000 });
    stopped = true;
    await Promise.all(callers);
    ready.mockRestore();

    const written = (await readAll(topic.name, broker.brokers)).map(
      ({ value }) => (JSON.parse(String(value)) as { body: string }).body,
    );
    for (const id of acknowledged) expect(written.filter((one) => one === id)).toEqual([id]);
    expect(written.filter((id) => withdrawn.includes(id))).toEqual([]);
    expect(unknown.length).toBeLessThanOrEqual(3);

    const effects = async (): Promise<string[]> =>
      (await database.query<{ id: string }[]>('SELECT id FROM effect ORDER BY number')).map(({ id }) => id);
    await eventually(async () => expect((await effects()).length).toBeGreaterThanOrEqual(written.length), {
      timeoutMs: 30_000,
    });
    expect((await effects()).sort()).toEqual([...written].sort());
    await eventually(() => expect(app.server.isReady()).toBe(true));
    expect(app.server.fatalError()).toBeUndefined();
  });
});
