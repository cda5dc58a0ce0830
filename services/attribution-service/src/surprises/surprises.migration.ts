import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What did not go as expected, newest last. Retention keeps it small; all its rows come and go. */
export class SurprisesMigration implements MigrationInterface {
  readonly name = 'Surprises1790000000106';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE surprise (
        id bigserial PRIMARY KEY,
        kind text NOT NULL,
        subject text NOT NULL,
        noticed_at timestamptz NOT NULL DEFAULT now(),
        chat_id bigint,
        join_id uuid,
        click_id uuid,
        UNIQUE (kind, subject)
      ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
      CREATE INDEX surprise_click ON surprise (click_id);
      CREATE INDEX surprise_join ON surprise (join_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE surprise');
  }
}
