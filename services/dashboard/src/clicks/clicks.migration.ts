import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One narrow row a click: what counting needs, and no personal data. */
export class Clicks1790000000150 implements MigrationInterface {
  readonly name = 'Clicks1790000000150';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE clicks (
        click_id uuid PRIMARY KEY,
        site_id uuid NOT NULL,
        chat_id bigint NOT NULL,
        captured_at timestamptz NOT NULL,
        link_kind text NOT NULL,
        has_ttclid boolean NOT NULL
      )`);
    await runner.query(`CREATE INDEX clicks_by_site ON clicks (site_id, captured_at)`);
    await runner.query(`CREATE INDEX clicks_by_time ON clicks (captured_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE clicks`);
  }
}
