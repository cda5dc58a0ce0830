import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Below `swept_until_ms` nothing is taken in again; it moves before rows go. Below `swept_from_ms` all have gone; it
 * moves when a sweep is complete, so that the next one takes along what an interrupted one left. Both only ever move
 * forward.
 */
export class SweptMigration implements MigrationInterface {
  readonly name = 'Swept1790000000103';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE swept (
        what text PRIMARY KEY CHECK (what IN ('facts', 'click', 'link', 'join')),
        swept_until_ms bigint NOT NULL,
        swept_from_ms bigint NOT NULL DEFAULT 0
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE swept');
  }
}
