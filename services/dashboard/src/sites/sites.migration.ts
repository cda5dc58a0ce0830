import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SitesMigration implements MigrationInterface {
  readonly name = 'Sites1790000000110';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE site (
        site_id uuid PRIMARY KEY,
        name text NOT NULL,
        allowed_origins text[] NOT NULL,
        version integer NOT NULL,
        configured_at timestamptz NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE site`);
  }
}
