import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * One row a join. Three topics write it in any order, each into its own columns, so no write needs to know what
 * came before; the status follows from what is there.
 */
export class JoinsMigration implements MigrationInterface {
  readonly name = 'Joins1790000000160';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "join" (
        join_id uuid PRIMARY KEY,
        chat_id bigint NOT NULL,
        joined_at timestamptz NOT NULL,
        telegram_user_id bigint NOT NULL,

        bot_id bigint,
        route text,
        has_link boolean,
        link_is_own boolean,
        link_is_matchable boolean,

        conversion_id uuid,
        click_id uuid,
        site_id uuid,
        method text,
        clicked_at timestamptz,
        click_age_ms bigint,
        has_ttclid boolean,
        has_ip boolean,
        has_user_agent boolean,

        organic_reason text,
        considered_click_id uuid,

        status text NOT NULL GENERATED ALWAYS AS (
          CASE WHEN conversion_id IS NOT NULL THEN 'attributed'
               WHEN organic_reason IS NOT NULL THEN 'organic'
               ELSE 'waiting' END) STORED
      )`);
    // The list is read newest first, whole or by one of these; the id makes the order of equal seconds total.
    await runner.query(`CREATE INDEX join_by_time ON "join" (joined_at DESC, join_id DESC)`);
    await runner.query(`CREATE INDEX join_by_status ON "join" (status, joined_at DESC, join_id DESC)`);
    await runner.query(`CREATE INDEX join_by_chat ON "join" (chat_id, joined_at DESC, join_id DESC)`);
    await runner.query(`CREATE INDEX join_by_reason ON "join" (organic_reason, joined_at DESC, join_id DESC)
                         WHERE organic_reason IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE "join"`);
  }
}
