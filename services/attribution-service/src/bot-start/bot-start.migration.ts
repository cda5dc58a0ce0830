import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Starts of the bot, each once, and the members to be looked at again. A note is only ever inserted and deleted: the
 * transaction that leaves it holds another bucket, and must wait for nobody in this one.
 */
export class BotStartMigration implements MigrationInterface {
  readonly name = 'BotStart1790000000107';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE bot_start (
        chat_id bigint NOT NULL,
        telegram_user_id bigint NOT NULL,
        click_id uuid NOT NULL,
        started_at text NOT NULL,
        started_at_ms bigint NOT NULL,
        bucket smallint NOT NULL,
        log_offset bigint NOT NULL,
        logged_at_ms bigint NOT NULL,
        PRIMARY KEY (telegram_user_id, chat_id, click_id, started_at_ms)
      ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);
      CREATE INDEX bot_start_click ON bot_start (click_id);
      CREATE INDEX bot_start_started_at ON bot_start (started_at_ms);
      CREATE TABLE member_note (
        id bigserial PRIMARY KEY,
        bucket smallint NOT NULL,
        chat_id bigint NOT NULL,
        telegram_user_id bigint NOT NULL
      ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE member_note; DROP TABLE bot_start;');
  }
}
