import { createTestDatabase, TcpProxy, testInfra, type TestDatabase } from '@clickjoin/testing';
import { Logger } from '@nestjs/common';
import type { DataSource, EntityManager, MigrationInterface, QueryRunner } from 'typeorm';
import { DatabaseSettings } from '../database/database-settings';
import { openDataSource } from '../database/open-data-source';
import { isTransientDatabaseError } from '../database/transient-error';
import { lockBucket } from './bucket-lock';
import { FencedTransactions, type FencedResult, type OffsetMove } from './fenced-transactions';
import { OffsetsMigration } from './offsets.migration';

Logger.overrideLogger(false);

class EffectsMigration implements MigrationInterface {
  readonly name = 'Effects1790000000100';
  async up(runner: QueryRunner): Promise<void> {
    // No unique key: what is done twice is there twice.
    await runner.query('CREATE TABLE effect (message bigint NOT NULL, owner text NOT NULL)');
  }
  async down(): Promise<void> {
    // Never asked for here.
  }
}

type Fence = Pick<FencedTransactions, 'run' | 'position'>;

/** The same owner without the compare: it moves the offset wherever it is. Shows that the checks below bite. */
class WithoutFence extends FencedTransactions {
  constructor(private readonly source: DataSource) {
    super(source);
  }
  override async run<R>(
    { group, topic, partition, to }: OffsetMove,
    work: (tx: EntityManager) => Promise<R>,
  ): Promise<FencedResult<R>> {
    const value = await this.source.transaction(async (tx) => {
      await tx.query(
        `INSERT INTO consumer_offset VALUES ($1, $2, $3, $4)
         ON CONFLICT (consumer_group, topic, partition) DO UPDATE SET next_offset = excluded.next_offset`,
        [group, topic, partition, to.toString()],
      );
      return work(tx);
    });
    return { kind: 'committed', value };
  }
}

describe('FencedTransactions', () => {
  let database: TestDatabase;
  let settings: DatabaseSettings;
  let first: DataSource;
  let second: DataSource;

  const at = (topic: string, from: bigint | undefined, to: bigint): OffsetMove => ({
    group: 'g',
    topic,
    partition: 3,
    from,
    to,
  });
  const migrations = [OffsetsMigration, EffectsMigration];

  beforeAll(async () => {
    database = await createTestDatabase();
    settings = new DatabaseSettings(database.url, 'test', database.name.slice('test_'.length));
    first = await openDataSource(settings, { migrations });
    second = await openDataSource(settings, { migrations });
  });
  afterAll(async () => {
    await first.destroy();
    await second.destroy();
    await database.drop();
  });
  beforeEach(() => first.query('TRUNCATE effect'));

  it('commits work and offset together, and neither when the work fails', async () => {
    const fence = new FencedTransactions(first);
    expect(await fence.position('g', 'a', 3)).toBeUndefined();
    expect(
      await fence.run(at('a', undefined, 10n), (tx) =>
        tx.query("INSERT INTO effect VALUES (1, 'x') RETURNING message"),
      ),
    ).toEqual({
      kind: 'committed',
      value: [{ message: '1' }],
    });
    await expect(
      fence.run(at('a', 10n, 20n), async (tx) => {
        await tx.query("INSERT INTO effect VALUES (2, 'x')");
        throw new Error('the work failed');
      }),
    ).rejects.toThrow('the work failed');
    expect(await fence.position('g', 'a', 3)).toBe(10n);
    expect(await first.query('SELECT message FROM effect')).toEqual([{ message: '1' }]);
    expect(await fence.positions('g', 'a')).toEqual(new Map([[3, 10n]]));
    expect(await fence.positions('other', 'a')).toEqual(new Map());
  });

  it.each([
    { name: 'behind', from: 5n, to: 15n },
    { name: 'ahead', from: 11n, to: 15n },
    { name: 'taken for new', from: undefined, to: 15n },
  ])('fences an owner that is $name, before its work', async ({ name, from, to }) => {
    const fence = new FencedTransactions(first);
    await fence.run(at(name, undefined, 10n), () => Promise.resolve());
    const work = jest.fn(() => Promise.resolve());
    expect(await fence.run(at(name, from, to), work)).toEqual({ kind: 'fenced' });
    expect(work).not.toHaveBeenCalled();
    expect(await fence.position('g', name, 3)).toBe(10n);
  });

  it('refuses a move that would not fence', async () => {
    const fence = new FencedTransactions(first);
    await expect(fence.run(at('still', 10n, 10n), () => Promise.resolve())).rejects.toThrow(RangeError);
  });

  it('keeps offsets beyond 2^53', async () => {
    const fence = new FencedTransactions(first);
    await fence.run(at('far', undefined, 9_007_199_254_740_993n), () => Promise.resolve());
    expect(await fence.position('g', 'far', 3)).toBe(9_007_199_254_740_993n);
  });

  /** Both believe to own the partition and work off the same 200 messages in batches of their own sizes. */
  async function twoOwners(
    topic: string,
    make: (source: DataSource) => Fence,
  ): Promise<{ done: number; distinct: number; fenced: number }> {
    let fenced = 0;
    const own = async (name: string, fence: Fence, batchSize: bigint): Promise<void> => {
      let believed = await fence.position('g', topic, 3);
      while ((believed ?? 0n) < 200n) {
        const from: bigint = believed ?? 0n;
        const to = from + batchSize > 200n ? 200n : from + batchSize;
        const result = await fence.run(at(topic, believed, to), (tx) =>
          tx.query(
            'INSERT INTO effect SELECT message, $3 FROM generate_series($1::bigint, $2::bigint) AS message',
            [from.toString(), (to - 1n).toString(), name],
          ),
        );
        if (result.kind === 'fenced') {
          fenced += 1;
          believed = await fence.position('g', topic, 3);
        } else {
          believed = to;
        }
      }
    };
    await Promise.all([own('one', make(first), 7n), own('two', make(second), 5n)]);
    const [row] = await first.query(
      'SELECT count(*)::integer AS done, count(DISTINCT message)::integer AS distinct FROM effect',
    );
    return { ...(row as { done: number; distinct: number }), fenced };
  }

  it('lets two owners of a partition do everything once', async () => {
    const { done, distinct, fenced } = await twoOwners(
      'contested',
      (source) => new FencedTransactions(source),
    );
    expect({ done, distinct }).toEqual({ done: 200, distinct: 200 });
    expect(fenced).toBeGreaterThan(0);
  });

  it('would see doubles without the fence', async () => {
    const { done, distinct } = await twoOwners('unfenced', (source) => new WithoutFence(source));
    expect(distinct).toBe(200);
    expect(done).toBeGreaterThan(200);
  });

  it("lets two transactions of one bucket see each other's work, and others pass", async () => {
    const seen: string[] = [];
    let holds: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (holds = resolve));
    let letGo: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (letGo = resolve));
    const holder = first.transaction(async (tx) => {
      await lockBucket(tx, 3, 'attribution');
      holds();
      await gone;
      seen.push('holder ends');
    });
    await held;
    const waiter = second.transaction(async (tx) => {
      await lockBucket(tx, 3, 'attribution');
      seen.push('waiter enters');
    });
    await second.transaction((tx) => lockBucket(tx, 4, 'attribution'));
    await second.transaction((tx) => lockBucket(tx, 3, 'deliveries'));
    seen.push('others passed');
    letGo();
    await Promise.all([holder, waiter]);
    expect(seen).toEqual(['others passed', 'holder ends', 'waiter enters']);
  });

  it('does everything once while the server keeps ending all its sessions', async () => {
    const server = new URL(testInfra().databaseUrl);
    const proxy = await TcpProxy.listen(Number(server.port), 'raw');
    const through = new URL(database.url);
    through.port = String(proxy.port);
    through.hostname = '127.0.0.1';
    const source = await openDataSource(
      new DatabaseSettings(through.toString(), 'test', database.name.slice('test_'.length)),
      { migrations, poolSize: 3 },
    );
    const failures: unknown[] = [];
    let disturbing = true;
    let disturbances = 0;
    const disturb = async (): Promise<void> => {
      for (let round = 0; disturbing; round += 1) {
        // In turn: an orderly end of all sessions, connections cut in the middle of anything, a server that is away.
        if (round % 3 === 0) {
          await first.query(
            'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND client_port IS NOT NULL AND pid <> pg_backend_pid()',
          );
        } else if (round % 3 === 1) {
          proxy.cut();
        } else {
          proxy.refuse();
          proxy.cut();
          await new Promise((resolve) => setTimeout(resolve, 150));
          proxy.accept();
        }
        disturbances += 1;
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
    };
    const fence = new FencedTransactions(source);
    const work = async (partition: number): Promise<void> => {
      for (let next = 0n; next < 60n;) {
        try {
          const believed = await fence.position('g', 'disturbed', partition);
          next = believed ?? 0n;
          if (next >= 60n) return;
          const message = next;
          await fence.run(
            { group: 'g', topic: 'disturbed', partition, from: believed, to: next + 1n },
            (tx) => tx.query('INSERT INTO effect VALUES ($1, $2)', [message.toString(), String(partition)]),
          );
        } catch (error) {
          failures.push(error);
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      }
    };
    const disturbance = disturb();
    await Promise.all([0, 1, 2].map(work));
    disturbing = false;
    await disturbance;
    const rows = await first.query(
      'SELECT owner, count(*)::integer AS done, count(DISTINCT message)::integer AS distinct FROM effect GROUP BY owner ORDER BY owner',
    );
    expect(rows).toEqual(['0', '1', '2'].map((owner) => ({ owner, done: 60, distinct: 60 })));
    expect(disturbances).toBeGreaterThan(3);
    expect(failures.length).toBeGreaterThan(0);
    // Each of them must be one that the batch server tries again on.
    expect(failures.filter((error) => !isTransientDatabaseError(error))).toEqual([]);
    await source.destroy();
    await proxy.close();
  });
});
