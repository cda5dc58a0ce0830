import { encode, topics, type ConversionAttributed } from '@clickjoin/contracts';
import { KafkaClient, Publisher } from '@clickjoin/kafka';
import { loadConfig, startService, type RunningService } from '@clickjoin/service-kit';
import { eventually, readAll, testInfra, uniquePrefix } from '@clickjoin/testing';
import { DataSource } from 'typeorm';
import { seededRandom, traffic } from '../../test/traffic';
import { AttributionConfig } from '../config';
import { definition } from '../definition';
import type { Rebuilt } from './rebuild';
import { rebuild } from './rebuild';
import { isProved, reportOf } from './report';

const VISITORS = 400;

describe('the rebuild', () => {
  const topicPrefix = uniquePrefix('rebuild');
  const config = loadConfig(AttributionConfig, {
    PORT: '0',
    LOG_LEVEL: 'warn',
    KAFKA_BROKERS: testInfra().brokers,
    TOPIC_PREFIX: topicPrefix,
    TOPIC_PARTITIONS: '3',
    DATABASE_URL: testInfra().databaseUrl,
    DATABASE_PREFIX: topicPrefix.replaceAll(/[^a-z0-9]/g, '_'),
  });
  const client = new KafkaClient({ clientId: 'spec', brokers: config.kafkaBrokers, topicPrefix });
  const publisher = new Publisher(client, { deadlineMs: 30_000 });
  let service: RunningService<AttributionConfig> | undefined;
  const log: string[] = [];

  const start = async (): Promise<RunningService<AttributionConfig>> =>
    (service = await startService(definition, config, { write: (line) => log.push(line) }));
  const decisionsInTopics = async (): Promise<number> => {
    let sum = 0;
    for (const { name } of [topics.conversionAttributed, topics.joinOrganic]) {
      sum += (await readAll(`${topicPrefix}${name}`)).length;
    }
    return sum;
  };
  const nothingLeft = async ({ app }: RunningService<AttributionConfig>): Promise<void> => {
    const rows: unknown[] = await app
      .get(DataSource)
      .query(`SELECT 1 FROM "join" WHERE state = 'waiting' UNION ALL SELECT 1 FROM outbox`);
    expect(rows).toEqual([]);
  };
  const run = (): Promise<Rebuilt> => rebuild(config, { signal: new AbortController().signal });
  const databases = async (): Promise<string[]> => {
    const server = await new DataSource({ type: 'postgres', url: config.databaseUrl }).initialize();
    const rows: { datname: string }[] = await server.query(
      `SELECT datname FROM pg_database WHERE datname LIKE '${config.databasePrefix}%'`,
    );
    await server.destroy();
    return rows.map(({ datname }) => datname);
  };

  beforeAll(async () => {
    const running = await start();
    const steps = traffic(0, VISITORS, VISITORS, seededRandom(4));
    await publisher.publishAll(steps.map(({ record }) => record));
    const joins = new Set(
      steps
        .filter(({ record }) => record.topic === topics.joinReceived.name)
        .map(({ record }) => record.headers['ce_id']),
    ).size;
    await eventually(
      async () => {
        expect(await decisionsInTopics()).toBeGreaterThanOrEqual(joins);
        await nothingLeft(running);
      },
      { timeoutMs: 60_000, everyMs: 500 },
    );
  });
  afterAll(async () => {
    await service?.stop();
    await publisher.close();
    await client.close();
    const server = await new DataSource({ type: 'postgres', url: config.databaseUrl }).initialize();
    for (const name of await databases()) await server.query(`DROP DATABASE "${name}" WITH (FORCE)`);
    await server.destroy();
  });

  it('comes to the same decisions, byte for byte, beside the running service, and leaves nothing behind', async () => {
    const before = await decisionsInTopics();
    const rebuilt = await run();
    expect(rebuilt.comparison.differences).toEqual([]);
    expect(isProved(rebuilt)).toBe(true);
    const same = [...rebuilt.comparison.outputs.values()].map((counts) => counts.same);
    expect(same.reduce((sum, count) => sum + count, 0)).toBe(before);
    expect(Math.min(...same)).toBeGreaterThan(20);
    expect(rebuilt.comparison.notCompared).toEqual({ 'log-gone': 0, 'person-erased': 0, 'too-fresh': 0 });
    expect(await decisionsInTopics()).toBe(before);
    expect(await databases()).toHaveLength(1);
    expect(reportOf(rebuilt)).toContain('The replay decides the same, byte for byte.');
  });

  it('emits nothing when a warm database is replayed', async () => {
    const before = await decisionsInTopics();
    await service?.app.get(DataSource).query('DELETE FROM consumer_offset');
    await service?.stop();
    const running = await start();
    const ends = await client.endOffsets(topics.joinReceived.name);
    await eventually(
      async () => {
        const rows: { partition: number; next_offset: string }[] = await running.app
          .get(DataSource)
          .query('SELECT partition, next_offset FROM consumer_offset WHERE topic = $1', [
            topics.joinReceived.name,
          ]);
        expect(new Map(rows.map((row) => [row.partition, BigInt(row.next_offset)]))).toEqual(ends);
        await nothingLeft(running);
      },
      { timeoutMs: 60_000 },
    );
    expect(await decisionsInTopics()).toBe(before);
  });

  it('ends when it is stopped, with an empty hand', async () => {
    const stopping = new AbortController();
    const stopped = rebuild(config, {
      signal: stopping.signal,
      onProgress: () => stopping.abort(new Error('enough')),
    });
    await expect(stopped).rejects.toThrow('enough');
    expect(await databases()).toHaveLength(1);
  });

  it('says what is only in a topic, what is not in it, what has other bytes, and what can not be compared', async () => {
    const name = `${topicPrefix}${topics.conversionAttributed.name}`;
    const [first, second] = (await readAll(name)).map(
      ({ value }) => JSON.parse(String(value)) as ConversionAttributed,
    );
    if (first === undefined || second === undefined) throw new Error('there are no conversions');
    const conversion = (patch: Partial<ConversionAttributed>) =>
      encode(topics.conversionAttributed, Object.assign({}, first, patch), { source: 'attribution-service' });
    const stranger = '0195f3a0-0000-7000-8000-00000000dead';
    // Dated before the run, or it would count as fresh: the topic takes the producer's time.
    await publisher.publishAll([
      conversion({ clickAgeMs: 1 }),
      conversion({ conversionId: stranger, joinId: stranger }),
    ]);
    const rebuilt = await run();
    expect(isProved(rebuilt)).toBe(false);
    expect(rebuilt.comparison.outputs.get(topics.conversionAttributed.name)).toMatchObject({
      different: 1,
      onlyInTopic: 1,
      onlyInReplay: 0,
    });
    expect(rebuilt.comparison.differences.join('\n')).toContain(stranger);
    expect(reportOf(rebuilt)).toContain('The replay decides otherwise.');

    const { telegramUserId } = second.person;
    const erasure = {
      telegramUserId,
      erasedAt: new Date().toISOString(),
      joinIds: [second.joinId],
      conversionIds: [second.conversionId],
      clickIds: [second.clickId],
    };
    await (
      await client.admin()
    ).createTopics({ topics: [{ topic: `${topicPrefix}${topics.personErased.name}`, numPartitions: 1 }] });
    await publisher.publish(encode(topics.personErased, erasure, { source: 'attribution-service' }));
    await (
      await client.admin()
    ).deleteTopicRecords({
      topic: `${topicPrefix}${topics.clickCaptured.name}`,
      partitions: [{ partition: 0, offset: '1' }],
    });
    const later = await run();
    expect(later.replay.reachesBackTo).toBeGreaterThan(0);
    expect(later.comparison.notCompared['person-erased']).toBeGreaterThan(0);
    expect(later.comparison.notCompared['log-gone']).toBeGreaterThan(0);
    expect(isProved(later)).toBe(true);
    expect(reportOf(later)).toContain('the log no longer reaches back');
  });
});
