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

  const record = (key: string, body: string) =>
    encode(
      topic,
      { botId: key, receivedAt: '2026-01-01T00:00:00.000Z', reason: 'test', body },
      { source: 'spec' },
    );

  it('loses nothing, does nothing twice, keeps the order of a key, and goes on by itself', async () => {
    const acknowledged: string[] = [];
    const withdrawn: string[] = [];
    const unknown: string[] = [];
    const keys = ['1', '2', '3'];
    let stopped = false;
    /** One at a time for its key, so that the order of the key is defined. */
    const caller = async (key: string): Promise<void> => {
      for (let n = 1; !stopped; n += 1) {
        const id = `${key}-${String(n).padStart(6, '0')}`;
        try {
          await publisher.publish(record(key, id), { deadlineMs: 3_000 });
          acknowledged.push(id);
        } catch (error) {
          if (!(error instanceof PublishTimeout)) throw error;
          (error.mayBeWritten ? unknown : withdrawn).push(id);
        }
        await sleep(5);
      }
    };
    const callers = keys.map(caller);
    await eventually(() => expect(acknowledged.length).toBeGreaterThan(50));
    await broker.kill('SIGKILL');
    await sleep(OUTAGE_MS);
    // By its own account it is out of the group: no balancer sends work to it.
    expect(app.server.isReady()).toBe(false);
    const before = acknowledged.length;
    await broker.start();
    await eventually(() => expect(acknowledged.length).toBeGreaterThan(before + 50), { timeoutMs: 30_000 });
    stopped = true;
    await Promise.all(callers);

    const written = (await readAll(topic.name, broker.brokers)).map(
      ({ value }) => (JSON.parse(String(value)) as { body: string }).body,
    );
    for (const id of acknowledged) expect(written.filter((one) => one === id)).toEqual([id]);
    expect(written.filter((id) => withdrawn.includes(id))).toEqual([]);
    expect(written.filter((id) => !acknowledged.includes(id) && !unknown.includes(id))).toEqual([]);

    const effects = async (): Promise<string[]> =>
      (await database.query<{ id: string }[]>('SELECT id FROM effect ORDER BY number')).map(({ id }) => id);
    await eventually(async () => expect((await effects()).length).toBeGreaterThanOrEqual(written.length), {
      timeoutMs: 30_000,
    });
    const done = await effects();
    for (const key of keys) {
      const ofKey = (ids: readonly string[]): string[] => ids.filter((id) => id.startsWith(`${key}-`));
      expect(ofKey(written)).toEqual(ofKey(written).toSorted());
      expect(ofKey(done)).toEqual(ofKey(written));
    }
    await eventually(() => expect(app.server.isReady()).toBe(true));
    expect(app.server.fatalError()).toBeUndefined();
  });
});
