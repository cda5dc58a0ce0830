import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createTestDatabase, spawnSource, TcpProxy, type TestDatabase } from '@clickjoin/testing';
import { Logger } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { DatabaseSettings } from './database-settings';
import { inOneGo } from './in-one-go';
import { openDataSource } from './open-data-source';
import { isTransientDatabaseError } from './transient-error';

Logger.overrideLogger(false);

/** Long enough that a slow machine doesn't reach it by one sleep. */
const STATEMENT_TIMEOUT_MS = 4_000;
const insert = 'INSERT INTO kept VALUES ($1)';

describe('statements that are sent together', () => {
  let database: TestDatabase;
  let settings: DatabaseSettings;
  let dataSource: DataSource;

  const open = (url = database.url, poolSize = 1): Promise<DataSource> =>
    openDataSource(new DatabaseSettings(url, 'test', database.name.slice('test_'.length)), {
      migrations: [],
      poolSize,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    });
  const kept = (): Promise<{ id: number }[]> => dataSource.query('SELECT id FROM kept ORDER BY id');
  const failureOf = (work: (tx: EntityManager) => Promise<unknown>): Promise<unknown> =>
    dataSource.transaction(work).then(
      () => 'none',
      (error: unknown) => error,
    );

  beforeAll(async () => {
    database = await createTestDatabase();
    settings = new DatabaseSettings(database.url, 'test', database.name.slice('test_'.length));
    expect(settings.database).toBe(database.name);
    dataSource = await open();
    await dataSource.query('CREATE TABLE kept (id integer PRIMARY KEY)');
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });
  beforeEach(() => dataSource.query('DELETE FROM kept'));

  it('run in the order in which they were started, each on what those before it did', async () => {
    const counts = await dataSource.transaction((tx) => {
      const count = (): Promise<{ n: number }[]> =>
        tx.query('SELECT count(*)::integer AS n FROM kept WHERE id > $1', [0]);
      return inOneGo(count(), tx.query(insert, [1]), count(), tx.query(insert, [2]), count());
    });
    expect(counts.filter((_, index) => index % 2 === 0)).toEqual([[{ n: 0 }], [{ n: 1 }], [{ n: 2 }]]);
  });

  it('are parsed once, and planned for their values however often they run: the table may have grown', async () => {
    const text = 'SELECT id FROM kept WHERE id = $1';
    for (let n = 0; n < 10; n += 1) await dataSource.query(text, [n]);
    await dataSource.query('INSERT INTO kept SELECT generate_series($1::integer, 20000)', [1]);
    await dataSource.query('ANALYZE kept');
    for (let n = 0; n < 10; n += 1) await dataSource.query(text, [n]);
    const plans: unknown = await dataSource.query(
      `SELECT custom_plans::integer AS own, generic_plans::integer AS general
         FROM pg_prepared_statements WHERE statement = '${text}'`,
    );
    expect(plans).toEqual([{ own: 20, general: 0 }]);
  });

  it('are planned so also when the URL has session options of its own', async () => {
    const url = new URL(database.url);
    url.searchParams.set('options', '-c work_mem=5MB');
    const other = await open(url.toString());
    const [row] = await other.query(
      `SELECT current_setting('plan_cache_mode') AS plans, current_setting('work_mem') AS memory`,
    );
    await other.destroy();
    expect(row).toEqual({ plans: 'force_custom_plan', memory: '5MB' });
  });

  it('leave nothing when one in the middle fails, and the connection goes on', async () => {
    for (let round = 0; round < 3; round += 1) {
      const error = await failureOf((tx) =>
        inOneGo(tx.query(insert, [1]), tx.query(insert, [1]), tx.query(insert, [2]), tx.query(insert, [3])),
      );
      expect(error).toMatchObject({ code: '23505' });
      expect(await kept()).toEqual([]);
    }
    await dataSource.transaction((tx) => inOneGo(tx.query(insert, [4]), tx.query(insert, [5])));
    expect(await kept()).toEqual([{ id: 4 }, { id: 5 }]);
  });

  it('are not taken for committed when somebody hides that one has failed', async () => {
    const error = await failureOf(async (tx) => {
      await inOneGo(tx.query(insert, [1]), tx.query(insert, [1])).catch(() => undefined);
    });
    expect(String(error)).toContain('nothing was committed');
    expect(isTransientDatabaseError(error)).toBe(false);
    expect(await kept()).toEqual([]);
  });

  it('have a time limit each, and not together', async () => {
    const sleep = 'SELECT pg_sleep($1)';
    await dataSource.transaction((tx) =>
      inOneGo(tx.query(sleep, [1.4]), tx.query(sleep, [1.4]), tx.query(sleep, [1.4]), tx.query(insert, [1])),
    );
    expect(await kept()).toEqual([{ id: 1 }]);
    const error = await failureOf((tx) =>
      inOneGo(tx.query(insert, [2]), tx.query(sleep, [600]), tx.query(insert, [3])),
    );
    expect(error).toMatchObject({ code: '57014' });
    expect(isTransientDatabaseError(error)).toBe(true);
    expect(await kept()).toEqual([{ id: 1 }]);
  });

  it('say once that the table has changed under them, and are parsed anew', async () => {
    const text = 'SELECT * FROM kept WHERE id > $1';
    await dataSource.query(text, [0]);
    await dataSource.query('ALTER TABLE kept ADD COLUMN note text');
    const error: unknown = await dataSource.query(text, [0]).catch((caught: unknown) => caught);
    expect(isTransientDatabaseError(error)).toBe(true);
    await dataSource.query('INSERT INTO kept VALUES ($1, $2)', [1, 'new']);
    expect(await dataSource.query(text, [0])).toEqual([{ id: 1, note: 'new' }]);
    await dataSource.query('ALTER TABLE kept DROP COLUMN note');
  });

  describe.each(['the server ends the session', 'the network cuts it'])('when %s', (how) => {
    it('fail as one error that is worth another try', async () => {
      const server = new URL(database.url);
      const proxy = await TcpProxy.listen(Number(server.port), 'raw');
      server.host = `127.0.0.1:${proxy.port}`;
      const child = spawnSource(join(__dirname, 'pipeline-process.fixture.ts'), [
        server.toString(),
        'test',
        database.name.slice('test_'.length),
      ]);
      child.stderr.pipe(process.stderr, { end: false });
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const next = async (): Promise<Record<string, unknown>> =>
        JSON.parse(String((await lines.next()).value)) as Record<string, unknown>;
      const ended = once(child, 'close');
      try {
        const { pid } = await next();
        if (how === 'the network cuts it') proxy.cut();
        else await dataSource.query('SELECT pg_terminate_backend($1)', [pid]);
        expect(await next()).toEqual({ isTransient: true, after: [{ kept: 0 }] });
        expect(await ended).toEqual([0, null]);
      } finally {
        child.kill('SIGKILL');
        await proxy.close();
      }
    });
  });
});
