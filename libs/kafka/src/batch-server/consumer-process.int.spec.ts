import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { encode } from '@clickjoin/contracts';
import {
  createTestDatabase,
  createTopics,
  eventually,
  produce,
  spawnSource,
  type TestDatabase,
  testInfra,
  uniquePrefix,
} from '@clickjoin/testing';
import type { DataSource } from 'typeorm';
import { Child } from '../../test/child';
import { openDatabase, topic } from '../../test/consumer-app';
import type { ProcessSettings } from '../../test/consumer-process';

const CONSUMER = join(__dirname, '../../test/consumer-process.ts');
const KEYS = 6;
const keyOf = (n: number): string => String((n % KEYS) + 1);

describe('a consumer as a process', () => {
  let infra: TestDatabase;
  let database: DataSource;
  let settings: ProcessSettings;
  const children: Child[] = [];

  beforeAll(() => {
    Logger.overrideLogger(false);
  });
  beforeEach(async () => {
    infra = await createTestDatabase();
    database = await openDatabase(infra.url);
    const topicPrefix = uniquePrefix('process');
    settings = {
      brokers: testInfra().brokers,
      databaseUrl: infra.url,
      topicPrefix,
      groupId: 'consumer',
      owner: 'first',
      maxSliceSize: 5,
      pauseMs: 0,
    };
    await createTopics([{ topic: `${topicPrefix}${topic.name}`, partitions: 4 }]);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) await child.end('SIGKILL');
    await database.destroy();
    await infra.drop();
  });

  const start = (changes: Partial<ProcessSettings>): Child => {
    const child = new Child(spawnSource(CONSUMER, [JSON.stringify({ ...settings, ...changes })]));
    children.push(child);
    return child;
  };
  const send = (count: number): Promise<void> =>
    produce(
      `${settings.topicPrefix}${topic.name}`,
      Array.from({ length: count }, (_, n) => {
        const event = {
          botId: keyOf(n),
          receivedAt: '2026-01-01T00:00:00.000Z',
          reason: 'test',
          body: `m${n}`,
        };
        const record = encode(topic, event, { source: 'spec' });
        return { key: record.key, value: record.value, headers: { ...record.headers } };
      }),
    );
  const rows = () =>
    database.query<{ key: string; id: string; owner: string }[]>(
      'SELECT key, id, owner FROM effect ORDER BY number',
    );

  async function expectEachOnceInOrder(count: number): Promise<void> {
    await eventually(async () => expect((await rows()).length).toBeGreaterThanOrEqual(count), {
      timeoutMs: 30_000,
    });
    const found = await rows();
    for (let key = 0; key < KEYS; key += 1) {
      expect(found.filter((row) => row.key === keyOf(key)).map(({ id }) => id)).toEqual(
        Array.from({ length: count }, (_, n) => n)
          .filter((n) => n % KEYS === key)
          .map((n) => `m${n}`),
      );
    }
  }

  it('does everything once when it is killed between effect and offset', async () => {
    await send(60);
    const first = start({ hangAt: 'm33' });
    await first.until((lines) => lines.some(({ hanging }) => hanging === true));
    await first.end('SIGKILL');
    const before = await rows();
    expect(before.map(({ id }) => id)).not.toContain('m33');
    start({ owner: 'second' });
    await expectEachOnceInOrder(60);
    expect(new Set((await rows()).map(({ owner }) => owner))).toContain('second');
  });

  it('finishes what it has in hand at SIGTERM under load, exits with 0, and the next one goes on', async () => {
    await send(600);
    const first = start({ pauseMs: 20 });
    await first.until((lines) => lines.filter(({ effects }) => effects !== undefined).length > 8);
    expect(await first.end('SIGTERM')).toBe(0);
    const done = (await rows()).length;
    expect(done).toBeLessThan(600);
    const said = first.lines.reduce((sum, { effects }) => sum + Number(effects ?? 0), 0);
    // Each slice that the handler saw was finished.
    expect(done).toBe(said);
    start({ owner: 'second' });
    await expectEachOnceInOrder(600);
  });
});
