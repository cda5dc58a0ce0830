import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a click and a join must remember so that the log alone decides (times and places in the log, the rule), what
 * explains a decision, and what retention and erasure look for.
 *
 * - `click_key`: the link key; the click id of a click without a link; `<link key>/<click id>` of a second click by a
 *   link that is taken, which matches nothing and is kept only so that its duplicate is known.
 * - `facts` go when the click is credited: the conversion is then in the outbox, and nothing needs them here.
 * - Times are indexed where retention sweeps: appends at the right end of a b-tree cost next to nothing.
 * - `join_link_key` holds only joins that a click could still concern, so an attributed join never touches it.
 */
export class AttributionStateMigration implements MigrationInterface {
  readonly name = 'AttributionState1790000000102';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE click RENAME COLUMN link_key TO click_key;
      ALTER TABLE click
        DROP CONSTRAINT click_check,
        ALTER COLUMN facts DROP NOT NULL,
        ALTER COLUMN converted_by_user TYPE bigint USING converted_by_user::bigint,
        ADD COLUMN chat_id bigint,
        ADD COLUMN captured_at_ms bigint,
        ADD COLUMN log_offset bigint,
        ADD COLUMN logged_at_ms bigint,
        ADD CHECK (converted_by_user IS NULL OR converted_by_join IS NOT NULL),
        SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);
      UPDATE click
         SET chat_id = 0, log_offset = 0,
             captured_at_ms = (extract(epoch FROM captured_at::timestamptz) * 1000)::bigint,
             logged_at_ms = (extract(epoch FROM captured_at::timestamptz) * 1000)::bigint;
      ALTER TABLE click
        ALTER COLUMN chat_id SET NOT NULL, ALTER COLUMN captured_at_ms SET NOT NULL,
        ALTER COLUMN log_offset SET NOT NULL, ALTER COLUMN logged_at_ms SET NOT NULL;
      CREATE INDEX click_captured_at ON click (captured_at_ms);

      ALTER TABLE "join"
        ADD COLUMN chat_id bigint,
        ADD COLUMN telegram_user_id bigint,
        ADD COLUMN joined_at_ms bigint,
        ADD COLUMN rule json,
        ADD COLUMN waits_for text CHECK (waits_for IN ('click', 'report', 'bot-start', 'report-or-bot-start')),
        ADD COLUMN decided_by text CHECK (decided_by IN ('join', 'click', 'bot-start', 'deadline')),
        ADD COLUMN decided_at timestamptz,
        SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);
      UPDATE "join"
         SET chat_id = (event->>'chatId')::bigint, telegram_user_id = (event->'person'->>'telegramUserId')::bigint,
             joined_at_ms = (extract(epoch FROM (event->>'joinedAt')::timestamptz) * 1000)::bigint,
             rule = json_build_object('windowMs', 604800000, 'toleranceMs', 2000, 'graceMs',
                                      coalesce(deadline_ms - logged_at_ms, 60000), 'awaitsBotStart', false),
             waits_for = CASE WHEN state <> 'waiting' THEN NULL WHEN link_key IS NULL THEN 'report' ELSE 'click' END;
      ALTER TABLE "join"
        ALTER COLUMN chat_id SET NOT NULL, ALTER COLUMN telegram_user_id SET NOT NULL,
        ALTER COLUMN joined_at_ms SET NOT NULL, ALTER COLUMN rule SET NOT NULL,
        ADD CHECK ((state = 'waiting') = (waits_for IS NOT NULL));
      DROP INDEX join_link_key;
      CREATE INDEX join_link_key ON "join" (link_key)
        WHERE link_key IS NOT NULL AND (state = 'waiting' OR reason = 'no-click');
      CREATE INDEX join_telegram_user ON "join" (telegram_user_id);
      CREATE INDEX join_joined_at ON "join" (joined_at_ms);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    // Back to the first shape, empty: the state is a projection of the topics.
    await runner.query(`
      DELETE FROM click; DELETE FROM "join";
      DROP INDEX click_captured_at; DROP INDEX join_joined_at; DROP INDEX join_telegram_user; DROP INDEX join_link_key;
      ALTER TABLE click RENAME COLUMN click_key TO link_key;
      ALTER TABLE click DROP COLUMN chat_id, DROP COLUMN captured_at_ms, DROP COLUMN log_offset,
        DROP COLUMN logged_at_ms, ALTER COLUMN facts SET NOT NULL, ALTER COLUMN converted_by_user TYPE text;
      ALTER TABLE "join" DROP COLUMN chat_id, DROP COLUMN telegram_user_id, DROP COLUMN joined_at_ms,
        DROP COLUMN rule, DROP COLUMN waits_for, DROP COLUMN decided_by, DROP COLUMN decided_at;
      CREATE INDEX join_link_key ON "join" (link_key) WHERE link_key IS NOT NULL;
    `);
  }
}
