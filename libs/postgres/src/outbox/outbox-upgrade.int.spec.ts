import { randomBytes } from 'node:crypto';
import { tombstoneOf } from '@clickjoin/contracts';
import { DatabaseConfig, loadConfig, startService } from '@clickjoin/service-kit';
import { eventually, testInfra } from '@clickjoin/testing';
import { Injectable, Logger, Module } from '@nestjs/common';
import { Client } from 'pg';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { Outbox, OutboxMigration, OutboxRelayModule, PostgresModule, type OutboxRecord } from '..';
import { DatabaseSettings } from '../database/database-settings';
import { openDataSource } from '../database/open-data-source';

Logger.overrideLogger(false);

/** The dashboard's own step of before, whose name stays in the history of its databases for good. */
class TombstonesMigration implements MigrationInterface {
  readonly name = 'Tombstones1790000000182';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE outbox ALTER COLUMN value DROP NOT NULL');
  }
  async down(): Promise<void> {
    // Never asked for here.
  }
}

/** A step of the service itself, later than the outbox's and taken before the upgrade. */
class ClicksMigration implements MigrationInterface {
  readonly name = 'Clicks1790000000150';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE click (id text PRIMARY KEY)');
  }
  async down(): Promise<void> {
    // Never asked for here.
  }
}

@Injectable()
class MemoryPublisher {
  readonly records: OutboxRecord[] = [];

  publishAll(records: readonly OutboxRecord[]): Promise<void> {
    this.records.push(...records);
    return Promise.resolve();
  }
}

@Module({ providers: [MemoryPublisher], exports: [MemoryPublisher] })
class PublisherModule {}

@Module({
  imports: [
    PostgresModule.forService({
      database: 'upgraded',
      migrations: [OutboxMigration, ClicksMigration],
    }),
    OutboxRelayModule.register({ publisher: MemoryPublisher, imports: [PublisherModule] }),
  ],
})
class UpgradedModule {}

class TestConfig extends DatabaseConfig {}

describe('a service whose database was made before its outbox took removals', () => {
  const prefix = `t_${randomBytes(4).toString('hex')}`;
  const name = `${prefix}_upgraded`;
  const settings = new DatabaseSettings(testInfra().databaseUrl, prefix, 'upgraded');

  afterEach(async () => {
    const admin = new Client({ connectionString: testInfra().databaseUrl });
    await admin.connect();
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin.end();
  });

  it.each([
    { of: 'any service', before: [OutboxMigration, ClicksMigration], tookRemovals: false },
    {
      of: 'the dashboard',
      before: [OutboxMigration, ClicksMigration, TombstonesMigration],
      tookRemovals: true,
    },
    { of: 'nobody yet', before: [], tookRemovals: undefined },
  ])(
    'starts on the one of $of, any number of times, and relays old and new',
    async ({ before, tookRemovals }) => {
      const old = record('from before');
      const tombstone = tombstoneOf({ name: 'settings.site.v1' }, 'site-1', { source: 'test' });
      if (before.length > 0) {
        const source = await openDataSource(settings, { migrations: before });
        await source.query('INSERT INTO outbox (topic, key, value, headers) VALUES ($1, $2, $3, $4)', [
          old.topic,
          old.key,
          old.value,
          JSON.stringify(old.headers),
        ]);
        expect(await takesRemovals(source)).toBe(tookRemovals);
        await source.destroy();
      }

      for (const start of ['first', 'second']) {
        const service = await startService(
          { service: 'upgraded', config: TestConfig, module: () => UpgradedModule },
          loadConfig(TestConfig, {
            KAFKA_BROKERS: '127.0.0.1:9092',
            DATABASE_URL: testInfra().databaseUrl,
            DATABASE_PREFIX: prefix,
          }),
          { write: () => undefined },
        );
        try {
          expect(await takesRemovals(service.app.get(DataSource))).toBe(true);
          await service.app.get(Outbox).append([tombstone]);
          const { records } = service.app.get(MemoryPublisher, { strict: false });
          const expected = start === 'first' && before.length > 0 ? [old, tombstone] : [tombstone];
          await eventually(() => expect(records).toEqual(expected));
        } finally {
          await service.stop();
        }
      }
    },
  );
});

const record = (key: string) => ({ topic: 'a.b.v1', key, value: Buffer.from(key), headers: { ce_id: key } });

async function takesRemovals(source: DataSource): Promise<boolean> {
  const rows: readonly { is_nullable: string }[] = await source.query(
    `SELECT is_nullable FROM information_schema.columns WHERE table_name = 'outbox' AND column_name = 'value'`,
  );
  return rows[0]?.is_nullable === 'YES';
}
