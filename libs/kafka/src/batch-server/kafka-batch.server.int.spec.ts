import { Logger } from '@nestjs/common';
import {
  createTestDatabase,
  eventually,
  produce,
  readAll,
  type TestDatabase,
  testInfra,
  uniquePrefix,
} from '@clickjoin/testing';
import { deadLetterTopic, encode } from '@clickjoin/contracts';
import { FencedTransactions } from '@clickjoin/postgres';
import type { DataSource, EntityManager } from 'typeorm';
import {
  type ConsumerApp,
  type Event,
  type Handler,
  openDatabase,
  startConsumerApp,
  topic,
  writeEffects,
} from '../../test/consumer-app';
import { KafkaClient } from '../client/kafka-client';
import { Retriable } from '../errors';
import { pause } from '../pause';
import type { KafkaBatchServerOptions } from './batch-server-options';
import { BreakerTripped } from './breaker';
import { deadLetter, skipped } from './slice';

let infra: TestDatabase;
let database: DataSource;

beforeAll(async () => {
  Logger.overrideLogger(false);
  infra = await createTestDatabase();
  database = await openDatabase(infra.url);
});
afterAll(async () => {
  await database.destroy();
  await infra.drop();
});

const event = (id: string, key = '1'): Event => ({
  botId: key,
  receivedAt: '2026-01-01T00:00:00.000Z',
  reason: 'test',
  body: id,
});

const bodyOf = (value: Buffer | null): string => (JSON.parse(String(value)) as Event).body;

const message = (id: string, key = '1') => {
  const record = encode(topic, event(id, key), { source: 'spec' });
  return { key: record.key, value: record.value, headers: { ...record.headers } };
};

describe('KafkaBatchServer', () => {
  let topicPrefix: string;
  let groupId: string;
  let number = 0;
  const apps: ConsumerApp[] = [];

  beforeEach(() => {
    topicPrefix = uniquePrefix('batch');
    groupId = `group-${(number += 1)}`;
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    for (const app of apps.splice(0)) await app.close();
    await database.query('TRUNCATE effect');
  });

  async function start(
    handler: Handler,
    overrides: Partial<KafkaBatchServerOptions<EntityManager>> = {},
  ): Promise<ConsumerApp> {
    const place = { ...testInfra(), topicPrefix, groupId, owner: 'spec' };
    const app = await startConsumerApp(place, database, handler, { maxBackoffMs: 200, ...overrides });
    apps.push(app);
    return app;
  }
  const send = (...messages: Parameters<typeof produce>[1]): Promise<void> =>
    produce(`${topicPrefix}${topic.name}`, messages);
  const effects = async (): Promise<string[]> =>
    (await database.query<{ id: string }[]>('SELECT id FROM effect ORDER BY number')).map(({ id }) => id);
  const deadLetters = () => readAll(`${topicPrefix}${deadLetterTopic(topic.name, groupId)}`);
  /** Kafka has sent records before it says where the topic ends. */
  const answerSlowly = (): void => {
    const { endOffsets } = KafkaClient.prototype;
    jest.spyOn(KafkaClient.prototype, 'endOffsets').mockImplementation(async function (
      this: KafkaClient,
      name: string,
    ) {
      await pause(500);
      return endOffsets.call(this, name);
    });
  };
  const plain: Handler = (slice, context) => writeEffects(slice, context, 'spec');

  it('runs each message once, a key in order, and keeps the offset in the database', async () => {
    const { server, client } = await start(plain, { maxSliceSize: 7 });
    const sent = Array.from({ length: 200 }, (_, n) => ({ id: `m${n}`, key: String((n % 5) + 1) }));
    await send(...sent.map(({ id, key }) => message(id, key)));
    await eventually(async () => expect(await effects()).toHaveLength(200));
    const rows = await database.query<{ key: string; id: string }[]>(
      'SELECT key, id FROM effect ORDER BY number',
    );
    for (const key of ['1', '2', '3', '4', '5']) {
      expect(rows.filter((row) => row.key === key).map(({ id }) => id)).toEqual(
        sent.filter((one) => one.key === key).map(({ id }) => id),
      );
    }
    const positions = await new FencedTransactions(database).positions(groupId, topic.name);
    const ends = await client.endOffsets(topic.name);
    for (const [partition, position] of positions) expect(position).toBe(ends.get(partition));
    expect(server.isReady()).toBe(true);
    expect([...(server.assignment().get(topic.name) ?? [])].sort()).toEqual([0, 1, 2, 3]);
  });

  it('dead-letters what is invalid with its bytes and goes on with its neighbours', async () => {
    await start(plain);
    const broken = {
      key: Buffer.from([0xff, 0x00]),
      value: Buffer.from('{"broken'),
      headers: { ce_id: Buffer.from([1, 2]) },
    };
    await send(
      { ...message('before'), partition: 0 },
      { ...broken, partition: 0 },
      { ...message('after'), partition: 0 },
    );
    await eventually(async () => expect(await effects()).toEqual(['before', 'after']));
    const [dead, ...more] = await deadLetters();
    expect(more).toEqual([]);
    expect(dead).toMatchObject({ key: broken.key, value: broken.value });
    expect(dead?.headers['ce_id']).toEqual(broken.headers.ce_id);
    const text = Object.fromEntries(
      Object.entries(dead?.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    expect(text).toMatchObject({
      dlq_reason: 'invalid: not JSON',
      dlq_topic: topic.name,
      dlq_partition: '0',
      dlq_offset: '1',
      dlq_group: groupId,
      dlq_time: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  it('does what the outcomes say, and keeps them apart by message', async () => {
    await start(async (slice, context) => {
      const kept = {
        ...slice,
        messages: slice.messages.filter(({ event: { body } }) => body.startsWith('keep')),
      };
      await writeEffects(kept, context, 'spec');
      return slice.messages.map(({ event: { body } }) => {
        if (body.startsWith('keep')) return { kind: 'done' };
        return body.startsWith('skip') ? skipped('not mine') : deadLetter('no such thing');
      });
    });
    await send(message('keep-1'), message('skip-1'), message('dead-1'), message('keep-2'));
    await eventually(async () => expect(await effects()).toEqual(['keep-1', 'keep-2']));
    const dead = await deadLetters();
    expect(dead.map(({ value }) => bodyOf(value))).toEqual(['dead-1']);
    expect(String(dead[0]?.headers['dlq_reason'])).toBe('no such thing');
  });

  it.each([
    { name: 'an Error', thrown: () => new Error('cannot digest') },
    {
      name: 'a TypeError, which stops a plain kafkajs consumer for good',
      thrown: () => new TypeError('undefined is not a function'),
    },
  ])(
    'splits a slice until the one message stands alone that makes the handler throw $name',
    async ({ thrown }) => {
      await start(async (slice, context) => {
        if (slice.messages.some(({ event: { body } }) => body === 'poison')) throw thrown();
        return writeEffects(slice, context, 'spec');
      });
      const ids = Array.from({ length: 40 }, (_, n) => (n === 23 ? 'poison' : `m${n}`));
      await send(...ids.map((id) => message(id)));
      await eventually(async () => expect(await effects()).toEqual(ids.filter((id) => id !== 'poison')));
      const dead = await deadLetters();
      expect(dead.map(({ value }) => bodyOf(value))).toEqual(['poison']);
      expect(String(dead[0]?.headers['dlq_reason'])).toContain(thrown().message);
    },
  );

  it('tries the same slice again when the handler throws a Retriable, whose class survives Nest', async () => {
    const seen: string[][] = [];
    class Throttled extends Retriable {}
    await start(async (slice, context) => {
      seen.push(slice.messages.map(({ event: { body } }) => body));
      if (seen.length < 4) throw new Throttled('busy', { retryAfterMs: 10 });
      return writeEffects(slice, context, 'spec');
    });
    await send(message('a'), message('b'));
    await eventually(async () => expect(await effects()).toEqual(['a', 'b']));
    expect(seen).toEqual(Array.from({ length: 4 }, () => ['a', 'b']));
    expect(await deadLetters()).toEqual([]);
  });

  it('waits for a database that is away, and dead-letters nothing', async () => {
    const fenced = new FencedTransactions(database);
    let failures = 0;
    const broken = (): Promise<never> => Promise.reject(new Error('Connection terminated unexpectedly'));
    const brokenTx = { query: broken } as unknown as EntityManager;
    const refused = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    await start(plain, {
      transactions: {
        position: (...place) => fenced.position(...place),
        run: (move, work) => {
          failures += 1;
          // First the connection breaks under the handler's hands, without a code; then there is none.
          if (failures <= 2) return fenced.run(move, () => work(brokenTx));
          return failures < 6 ? Promise.reject(refused()) : fenced.run(move, work);
        },
      },
    });
    await send(message('a'));
    await eventually(async () => expect(await effects()).toEqual(['a']));
    expect(await deadLetters()).toEqual([]);
  });

  it('stops the service instead of dead-lettering the stream when most messages make the handler throw', async () => {
    const app = await start((slice) => {
      const [first] = slice.messages;
      if (first === undefined || Number(first.event.body) % 4 !== 0) throw new Error('defect');
      throw new Error('even this');
    });
    await send(...Array.from({ length: 60 }, (_, n) => message(String(n))));
    expect(await app.fatal).toBeInstanceOf(BreakerTripped);
    expect(app.server.isReady()).toBe(false);
    expect(await deadLetters()).toEqual([]);
    expect(await new FencedTransactions(database).position(groupId, topic.name, 0)).toBeUndefined();
  });

  it('stops the service when poison only trickles in', async () => {
    const app = await start(
      () => {
        throw new Error('defect');
      },
      { breaker: { minMessages: 3 }, maxSliceSize: 1, poisonTries: 1 },
    );
    await send(...Array.from({ length: 10 }, (_, n) => message(String(n))));
    expect(await app.fatal).toBeInstanceOf(BreakerTripped);
    expect(await deadLetters()).toHaveLength(2);
  });

  it('believes the database and not the offsets that Kafka has', async () => {
    const first = await start(plain);
    await send(message('a'), message('b'));
    await eventually(async () => expect(await effects()).toEqual(['a', 'b']));
    await first.close();
    apps.splice(0);
    // As after a restore: Kafka says that all is done, the database knows nothing.
    const groups = await (await first.client.admin()).fetchOffsets({ groupId: `${topicPrefix}${groupId}` });
    await first.client.close();
    expect(groups.flatMap(({ partitions }) => partitions.map(({ offset }) => offset))).toContain('2');
    await database.query('DELETE FROM consumer_offset WHERE consumer_group = $1', [groupId]);
    await database.query('TRUNCATE effect');
    await start(plain);
    await eventually(async () => expect(await effects()).toEqual(['a', 'b']));
  });

  describe('when the database was emptied for a rebuild and Kafka kept its offsets', () => {
    beforeEach(async () => {
      const first = await start(plain);
      await send(message('a'), message('b'));
      await eventually(async () => expect(await effects()).toEqual(['a', 'b']));
      await first.close();
      apps.splice(0);
      await first.client.close();
      await database.query('DELETE FROM consumer_offset WHERE consumer_group = $1', [groupId]);
      await database.query('TRUNCATE effect');
    });

    it('starts from the beginning, although more has come behind those offsets and is fetched at once', async () => {
      await send(message('c'), message('d'));
      answerSlowly();
      await start(plain);
      await eventually(async () => expect(await effects()).toEqual(['a', 'b', 'c', 'd']));
    });

    it('does so without a new record, although the database could not be read at first', async () => {
      const fenced = new FencedTransactions(database);
      let failures = 0;
      await start(plain, {
        transactions: {
          position: (...place) =>
            (failures += 1) <= 8
              ? Promise.reject(new Error('Connection terminated unexpectedly'))
              : fenced.position(...place),
          run: (move, work) => fenced.run(move, work),
        },
      });
      await eventually(async () => expect(await effects()).toEqual(['a', 'b']));
    });
  });

  it('tells when the broker took a record, where the topic says so, whatever the clock of its producer', async () => {
    const timestamps: number[] = [];
    const definition = { ...topic, timestamps: 'log-append' as const };
    await start(
      (slice, context) => {
        timestamps.push(...slice.messages.map(({ timestamp }) => timestamp));
        return plain(slice, context);
      },
      { topics: [definition] },
    );
    const before = Date.now();
    const hour = 3_600_000;
    await send(
      { ...message('late'), timestamp: String(before - hour) },
      { ...message('early'), timestamp: String(before + hour) },
    );
    await eventually(() => expect(timestamps).toHaveLength(2));
    for (const timestamp of timestamps) {
      // The broker may be another machine: its clock and ours need not agree to the second.
      expect(Math.abs(timestamp - before)).toBeLessThan(hour / 2);
    }
  });

  it('refuses to run when the database is ahead of the topic, before it does anything', async () => {
    const first = await start(plain);
    await send({ ...message('a'), partition: 0 });
    await eventually(async () => expect(await effects()).toEqual(['a']));
    await first.close();
    apps.splice(0);
    await send({ ...message('b'), partition: 0 });
    answerSlowly();
    await new FencedTransactions(database).run(
      { group: groupId, topic: topic.name, partition: 2, from: undefined, to: 500n },
      () => Promise.resolve(),
    );
    const { fatal } = await start(plain);
    expect((await fatal).message).toMatch(/up to offset 500, but the topic ends at 0/);
    expect(await effects()).toEqual(['a']);
  });

  it('goes on behind what retention has deleted', async () => {
    const first = await start(plain);
    await send({ ...message('a'), partition: 0 });
    await eventually(async () => expect(await effects()).toEqual(['a']));
    await first.close();
    apps.splice(0);
    await send(...['b', 'c', 'd'].map((id) => ({ ...message(id), partition: 0 })));
    // kafkajs wants to have seen the topic's metadata.
    await first.client.endOffsets(topic.name);
    await (
      await first.client.admin()
    ).deleteTopicRecords({
      topic: `${topicPrefix}${topic.name}`,
      partitions: [{ partition: 0, offset: '3' }],
    });
    await first.client.close();
    await start(plain);
    await eventually(async () => expect(await effects()).toEqual(['a', 'd']), { timeoutMs: 20_000 });
  });

  it('drops what another owner has done meanwhile, and goes on from there', async () => {
    const fenced = new FencedTransactions(database);
    let stolen = false;
    await start(plain, {
      transactions: {
        position: (...place) => fenced.position(...place),
        run: async (move, work) => {
          if (!stolen) {
            stolen = true;
            await fenced.run({ ...move, to: 3n }, async (tx) => {
              await tx.query(
                `INSERT INTO effect (owner, partition, record_offset, key, id) SELECT 'other', $1, n, '1', 'm' || n FROM generate_series(0, 2) n`,
                [move.partition],
              );
            });
          }
          return fenced.run(move, work);
        },
      },
    });
    await send(...Array.from({ length: 6 }, (_, n) => ({ ...message(`m${n}`), partition: 1 })));
    await eventually(async () => expect(await effects()).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5']));
  });

  it('hands the partitions over in the middle of the work, without loss or double effect', async () => {
    const slow: Handler = async (slice, context) => {
      const outcomes = await writeEffects(slice, context, 'spec');
      await new Promise((resolve) => setTimeout(resolve, 20));
      return outcomes;
    };
    await start(slow, { maxSliceSize: 2 });
    const sent = Array.from({ length: 600 }, (_, n) => ({ id: `m${n}`, key: String((n % 7) + 1) }));
    await send(...sent.map(({ id, key }) => message(id, key)));
    await eventually(async () => expect((await effects()).length).toBeGreaterThan(50));
    const second = await start(slow, { maxSliceSize: 2 });
    await eventually(() => expect(second.server.assignment().get(topic.name)).toHaveLength(2));
    expect((await effects()).length).toBeLessThan(600);
    await eventually(async () => expect((await effects()).length).toBeGreaterThanOrEqual(600), {
      timeoutMs: 20_000,
    });
    const rows = await database.query<{ key: string; id: string }[]>(
      'SELECT key, id FROM effect ORDER BY number',
    );
    for (const key of new Set(sent.map((one) => one.key))) {
      expect(rows.filter((row) => row.key === key).map(({ id }) => id)).toEqual(
        sent.filter((one) => one.key === key).map(({ id }) => id),
      );
    }
  });
});
