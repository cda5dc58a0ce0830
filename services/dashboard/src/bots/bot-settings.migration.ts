import type { MigrationInterface, QueryRunner } from 'typeorm';

export class BotSettingsMigration implements MigrationInterface {
  readonly name = 'BotSettings1790000000184';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE bot ADD COLUMN previous_webhook_secret jsonb, ADD COLUMN updates_by text`,
    );
    await runner.query(`
      CREATE TABLE bot_check (
        bot_id bigint PRIMARY KEY,
        checked_at timestamptz NOT NULL,
        updates_by text NOT NULL,
        problems text[] NOT NULL,
        pending_updates integer,
        message text,
        last_error_at timestamptz,
        last_update_at timestamptz
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE bot_check`);
    await runner.query(`ALTER TABLE bot DROP COLUMN previous_webhook_secret, DROP COLUMN updates_by`);
  }
}
