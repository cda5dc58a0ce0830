import type { MigrationInterface, QueryRunner } from 'typeorm';

export class PixelStatesMigration implements MigrationInterface {
  readonly name = 'PixelStates1790000000185';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE pixel_state (
        pixel_id uuid PRIMARY KEY,
        state text NOT NULL,
        reason text,
        changed_at timestamptz NOT NULL,
        code integer,
        message text,
        explanation text
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE pixel_state`);
  }
}
