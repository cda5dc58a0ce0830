import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SiteSettingsMigration implements MigrationInterface {
  readonly name = 'SiteSettings1790000000183';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE site ADD COLUMN tracker jsonb, ADD COLUMN api_key_hash text, ADD COLUMN review_bots text`);
    // Where the script was last heard, as the click-service says.
    await runner.query(`
      CREATE TABLE script_seen (
        site_id uuid NOT NULL,
        origin text NOT NULL,
        seen_at timestamptz NOT NULL,
        tracker_version text,
        PRIMARY KEY (site_id, origin)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE script_seen`);
    await runner.query(
      `ALTER TABLE site DROP COLUMN tracker, DROP COLUMN api_key_hash, DROP COLUMN review_bots`,
    );
  }
}
