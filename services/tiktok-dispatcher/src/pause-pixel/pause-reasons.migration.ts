import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What TikTok said as it refused the pixel: the dashboard shows it next to the state. */
export class PauseReasonsMigration implements MigrationInterface {
  readonly name = 'PauseReasons1790100000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE pixel_pause ADD COLUMN code int, ADD COLUMN message text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE pixel_pause DROP COLUMN code, DROP COLUMN message');
  }
}
