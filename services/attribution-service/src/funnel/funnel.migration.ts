import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A row a bucket: a transaction that counts holds that bucket anyway, so no two ever wait for one row, as they would
 * for a row a channel. Rows are updated once a batch; room on the page keeps the new version there (HOT).
 */
export class FunnelMigration implements MigrationInterface {
  readonly name = 'Funnel1790000000105';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE funnel (
        chat_id bigint NOT NULL,
        hour_ms bigint NOT NULL,
        bucket smallint NOT NULL,
        clicks integer NOT NULL,
        joins integer NOT NULL,
        attributed integer NOT NULL,
        PRIMARY KEY (chat_id, hour_ms, bucket)
      ) WITH (fillfactor = 50)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE funnel');
  }
}
