import type { MigrationInterface, QueryRunner } from 'typeorm';

export class PixelsMigration implements MigrationInterface {
  readonly name = 'Pixels1790000000120';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE pixel (
        pixel_id uuid PRIMARY KEY,
        site_id uuid NOT NULL REFERENCES site,
        name text NOT NULL,
        pixel_code text NOT NULL,
        wire_format text NOT NULL,
        access_token jsonb NOT NULL,
        test_event_code text,
        is_paused boolean NOT NULL,
        version integer NOT NULL,
        configured_at timestamptz NOT NULL,
        -- Two pixels of one code on one site would report each conversion twice.
        CONSTRAINT pixel_code_once_a_site UNIQUE (site_id, pixel_code)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE pixel`);
  }
}
