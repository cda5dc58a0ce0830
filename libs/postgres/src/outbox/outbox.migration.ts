import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Records decided on and not yet in Kafka. Empty when all is well. */
export class OutboxMigration implements MigrationInterface {
  readonly name = 'Outbox1790000000002';

  async up(runner: QueryRunner): Promise<void> {
    // json and not jsonb, which would change the order of the headers: equal events are equal bytes.
    // All rows come and go, so vacuum counts rows and not shares of a table that is empty most of the time.
    await runner.query(`
      CREATE TABLE outbox (
        id bigserial PRIMARY KEY,
        topic text NOT NULL,
        key text NOT NULL,
        value bytea NOT NULL,
        headers json NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE outbox');
  }
}
