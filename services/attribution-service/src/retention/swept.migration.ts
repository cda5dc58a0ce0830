import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Up to which time of the facts rows have been removed. Only ever moves forward. */
export class SweptMigration implements MigrationInterface {
  readonly name = 'Swept1790000000103';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE swept (
        what text PRIMARY KEY CHECK (what IN ('facts', 'click', 'link', 'join')),
        swept_until_ms bigint NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE swept');
  }
}
