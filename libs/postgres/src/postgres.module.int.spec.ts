import { randomBytes } from 'node:crypto';
import type { OutboundRecord } from '@clickjoin/contracts';
import { DatabaseConfig, loadConfig, startService, type RunningService } from '@clickjoin/service-kit';
import { eventually, testInfra } from '@clickjoin/testing';
import { Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Client } from 'pg';
import {
  Column,
  DataSource,
  Entity,
  PrimaryColumn,
  type MigrationInterface,
  type QueryRunner,
} from 'typeorm';
import {
  FencedTransactions,
  OffsetsMigration,
  Outbox,
  OutboxMigration,
  OutboxRelayModule,
  PostgresModule,
} from '.';

@Entity('site')
class SiteEntity {
  @PrimaryColumn('text') id!: string;
  @Column('text', { nullable: true }) name!: string | null;
}

class SitesMigration implements MigrationInterface {
  readonly name = 'Sites1790000000100';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE site (id text PRIMARY KEY, name text)');
  }
  async down(): Promise<void> {
    // Never asked for here.
  }
}

@Injectable()
class MemoryPublisher implements OnApplicationShutdown {
  readonly keys: string[] = [];
  databaseAtClose = 'not asked';

  constructor(private readonly dataSource: DataSource) {}

  publishAll(records: readonly OutboundRecord[]): Promise<void> {
    this.keys.push(...records.map(({ key }) => key));
    return Promise.resolve();
  }

  async onApplicationShutdown(): Promise<void> {
    const rows: unknown[] = await this.dataSource.query('SELECT 1 AS one');
    this.databaseAtClose = rows.length === 1 ? 'open' : 'closed';
  }
}

@Module({ providers: [MemoryPublisher], exports: [MemoryPublisher] })
class PublisherModule {}

class TestConfig extends DatabaseConfig {}

@Module({
  imports: [
    PostgresModule.forService({
      database: 'test-service',
      entities: [SiteEntity],
      migrations: [OffsetsMigration, OutboxMigration, SitesMigration],
    }),
    TypeOrmModule.forFeature([SiteEntity]),
    OutboxRelayModule.register({ publisher: MemoryPublisher, imports: [PublisherModule] }),
  ],
})
class TestModule {}

describe('PostgresModule in a service', () => {
  const prefix = `t_${randomBytes(4).toString('hex')}`;
  const lines: string[] = [];
  let service: RunningService<TestConfig>;

  beforeAll(async () => {
    service = await startService(
      { service: 'test-service', config: TestConfig, module: () => TestModule },
      loadConfig(TestConfig, {
        KAFKA_BROKERS: '127.0.0.1:9092',
        DATABASE_URL: testInfra().databaseUrl,
        DATABASE_PREFIX: prefix,
      }),
      { write: (line) => lines.push(line) },
    );
  });
  afterAll(async () => {
    await service.stop();
    const admin = new Client({ connectionString: testInfra().databaseUrl });
    await admin.connect();
    await admin.query(`DROP DATABASE IF EXISTS ${prefix}_test_service WITH (FORCE)`);
    await admin.end();
  });

  it('offers repositories, fence and outbox, and relays what is committed', async () => {
    const { app } = service;
    const outbox = app.get(Outbox);
    const result = await app
      .get(FencedTransactions)
      .run({ group: 'g', topic: 't', partition: 0, from: undefined, to: 5n }, async (tx) => {
        await tx.save(SiteEntity, { id: 's-1', name: null });
        await outbox.add(tx, [{ topic: 't', key: 'k-1', value: Buffer.from('v'), headers: {} }]);
      });
    expect(result.kind).toBe('committed');
    expect(await app.get(DataSource).getRepository(SiteEntity).findOneBy({ id: 's-1' })).toEqual({
      id: 's-1',
      name: null,
    });
    const publisher = app.get(MemoryPublisher, { strict: false });
    await eventually(() => expect(publisher.keys).toEqual(['k-1']));
  });

  it('reports the database and the outbox in health and metrics', async () => {
    const ready = await fetch(`${service.url}/health/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({
      status: 'up',
      checks: { database: { status: 'up' }, outbox: { status: 'up', detail: 'relays' } },
    });
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toContain('clickjoin_outbox_backlog_rows{service="test-service"} 0');
    expect(metrics).toContain('clickjoin_outbox_leader{service="test-service"} 1');
  });

  it("says what it made at the first start, and nothing of the database's password", () => {
    const log = lines.join('');
    expect(log).toContain('made the database');
    expect(log).toContain('migrated the database');
    const { password } = new URL(testInfra().databaseUrl);
    if (password.length > 8) expect(log).not.toContain(password);
  });

  it('closes the database after everything else', async () => {
    const dataSource = service.app.get(DataSource);
    const publisher = service.app.get(MemoryPublisher, { strict: false });
    await service.stop();
    expect(publisher.databaseAtClose).toBe('open');
    expect(dataSource.isInitialized).toBe(false);
  });
});
