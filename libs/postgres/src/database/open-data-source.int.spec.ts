import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, TcpProxy, testInfra, type TestDatabase } from '@clickjoin/testing';
import { Logger } from '@nestjs/common';
import { Client } from 'pg';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { DatabaseSettings } from './database-settings';
import { DatabaseSetupError } from './database-setup-error';
import { openDataSource } from './open-data-source';
import { isTransientDatabaseError } from './transient-error';

Logger.overrideLogger(false);

/** Not atomic on purpose: two instances at once would both find nothing, or fail on the table. */
class CarefulMigration implements MigrationInterface {
  readonly name = 'Careful1790000000100';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE careful (id integer)');
    await runner.query('SELECT pg_sleep(0.2)');
    await runner.query('INSERT INTO careful VALUES (1)');
  }
  async down(): Promise<void> {
    // Never asked for here.
  }
}

describe('openDataSource', () => {
  const prefix = `t_${randomBytes(4).toString('hex')}`;
  const opened: DataSource[] = [];
  const made: string[] = [];
  let admin: Client;
  let own: TestDatabase;

  const settingsFor = (service: string, url = testInfra().databaseUrl): DatabaseSettings => {
    const settings = new DatabaseSettings(url, prefix, service);
    made.push(settings.database);
    return settings;
  };
  const open = async (settings: DatabaseSettings, connectDeadlineMs = 10_000): Promise<DataSource> => {
    const dataSource = await openDataSource(settings, { migrations: [CarefulMigration], connectDeadlineMs });
    opened.push(dataSource);
    return dataSource;
  };

  beforeAll(async () => {
    own = await createTestDatabase();
    admin = new Client({ connectionString: testInfra().databaseUrl });
    await admin.connect();
  });
  afterAll(async () => {
    await Promise.all(opened.map((dataSource) => dataSource.destroy()));
    for (const name of new Set(made)) await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin.query(`DROP ROLE IF EXISTS ${prefix}_poor`);
    await admin.end();
    await own.drop();
  });

  it('lets four instances that start together make and migrate one database', async () => {
    const all = await Promise.all([1, 2, 3, 4].map(() => open(settingsFor('together'))));
    for (const dataSource of all) {
      expect(await dataSource.query('SELECT * FROM careful')).toEqual([{ id: 1 }]);
      expect(await dataSource.query('SELECT count(*)::integer AS done FROM migrations')).toEqual([
        { done: 1 },
      ]);
    }
  });

  it('plans each statement for its values, limits time, says who it is, and keeps all digits of a BIGINT', async () => {
    const dataSource = await open(settingsFor('session-service'));
    const [row] = await dataSource.query(
      `SELECT current_setting('plan_cache_mode') AS plans, current_setting('statement_timeout') AS statement,
              current_setting('idle_in_transaction_session_timeout') AS idle, current_setting('lock_timeout') AS lock,
              current_setting('application_name') AS name, 9007199254740993::bigint AS big`,
    );
    expect(row).toEqual({
      plans: 'force_custom_plan',
      statement: '30s',
      idle: '30s',
      lock: '10s',
      name: 'session-service',
      big: '9007199254740993',
    });
  });

  it('says in one sentence what to do when the user may not make databases', async () => {
    await admin.query(`CREATE ROLE ${prefix}_poor LOGIN PASSWORD 'poor'`);
    const url = new URL(testInfra().databaseUrl);
    url.username = `${prefix}_poor`;
    url.password = 'poor';
    const attempt = open(settingsFor('forbidden', url.toString()));
    await expect(attempt).rejects.toThrow(DatabaseSetupError);
    await expect(attempt).rejects.toThrow(
      `The database "${prefix}_forbidden" is missing and "${prefix}_poor" may not make it: run CREATE DATABASE`,
    );
  });

  it('gives up at once on a wrong password, and does not repeat it', async () => {
    const url = new URL(testInfra().databaseUrl);
    url.username = `${prefix}_nobody`;
    url.password = 'wrong-password';
    const error = await open(settingsFor('refused', url.toString())).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DatabaseSetupError);
    expect(String(error)).toContain(
      `refuses "${prefix}_nobody"; correct the user and password in DATABASE_URL`,
    );
    expect(String(error)).not.toContain('wrong-password');
  });

  describe('with a server that is away', () => {
    let proxy: TcpProxy;
    let url: string;

    beforeEach(async () => {
      const server = new URL(testInfra().databaseUrl);
      proxy = await TcpProxy.listen(Number(server.port), 'raw');
      server.port = String(proxy.port);
      server.hostname = '127.0.0.1';
      url = server.toString();
      proxy.refuse();
    });
    afterEach(() => proxy.close());

    it('does not wait for ever for the answer of one that went silent', async () => {
      proxy.accept();
      const dataSource = await openDataSource(settingsFor('silent', url), {
        migrations: [CarefulMigration],
        poolSize: 1,
        statementTimeoutMs: 1_000,
      });
      // Sent together: that the first one is answered says nothing of the second.
      const connection = dataSource.createQueryRunner();
      const answered = connection.query('SELECT 1');
      const behind = connection.query('SELECT pg_sleep(0.5)').catch((caught: unknown) => caught);
      await answered;
      proxy.pause();
      const error: unknown = await behind;
      await connection.release();
      expect(String(error)).toMatch(/Connection terminated: no answer within 6 s/);
      expect(isTransientDatabaseError(error)).toBe(true);
      // The connection is not given to the next one.
      proxy.cut();
      proxy.resume();
      expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await dataSource.destroy();
    });

    it('leaves a connection alone that waits for nothing', async () => {
      proxy.accept();
      const dataSource = await openDataSource(settingsFor('silent', url), {
        migrations: [CarefulMigration],
        poolSize: 1,
        statementTimeoutMs: 1_000,
      });
      const processId = 'SELECT pg_backend_pid() AS pid';
      const before: unknown = await dataSource.query(processId);
      await sleep(6_500);
      expect(await dataSource.query(processId)).toEqual(before);
      await dataSource.destroy();
    });

    it('waits until it is up', async () => {
      const attempt = open(settingsFor('late', url));
      await sleep(700);
      proxy.accept();
      expect(await (await attempt).query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await opened.pop()?.destroy();
    });

    it('says so after the deadline', async () => {
      await expect(open(settingsFor('never', url), 600)).rejects.toThrow(
        /^PostgreSQL at 127\.0\.0\.1:\d+ did not answer within 600 ms \(.+\); start it or correct DATABASE_URL$/,
      );
    });
  });
});
