import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Pixels to which nothing is sent for the time being. Usually empty. */
export class PixelPausesMigration implements MigrationInterface {
  readonly name = 'PixelPauses1790100000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE pixel_pause (
        pixel_id uuid PRIMARY KEY,
        settings_version int NOT NULL,
        cause text NOT NULL CHECK (cause IN ('refused', 'by-hand')),
        note text NOT NULL,
        paused_at timestamptz NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE pixel_pause');
  }
}
