import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One narrow row a click: what counting needs, and no personal data. */
export class ClicksMigration implements MigrationInterface {
  readonly name = 'Clicks1790000000150';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE click (
        click_id uuid PRIMARY KEY,
        site_id uuid NOT NULL,
        chat_id bigint NOT NULL,
        captured_at timestamptz NOT NULL,
        link_kind text NOT NULL,
        has_ttclid boolean NOT NULL
      )`);
    await runner.query(`CREATE INDEX click_by_site ON click (site_id, captured_at)`);
    await runner.query(`CREATE INDEX click_by_time ON click (captured_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE click`);
  }
}
