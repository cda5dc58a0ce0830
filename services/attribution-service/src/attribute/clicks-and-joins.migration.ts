import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * `captured_at` is text as in the event: it goes into the conversion unchanged.
 * A join waits only while it has a deadline; the partial index holds those alone, so it stays small.
 */
export class ClicksAndJoinsMigration implements MigrationInterface {
  readonly name = 'ClicksAndJoins1790000000101';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE click (
        link_key text PRIMARY KEY,
        bucket smallint NOT NULL,
        click_id uuid NOT NULL,
        site_id uuid NOT NULL,
        link_kind text NOT NULL,
        captured_at text NOT NULL,
        facts json NOT NULL,
        converted_by_join uuid,
        converted_by_user text,
        CHECK ((converted_by_join IS NULL) = (converted_by_user IS NULL))
      );
      CREATE TABLE "join" (
        join_id uuid PRIMARY KEY,
        bucket smallint NOT NULL,
        link_key text,
        state text NOT NULL CHECK (state IN ('waiting', 'attributed', 'organic')),
        reason text,
        click_id uuid,
        log_offset bigint NOT NULL,
        logged_at_ms bigint NOT NULL,
        deadline_ms bigint,
        traceparent text,
        event json NOT NULL,
        CHECK ((state = 'waiting') = (deadline_ms IS NOT NULL)),
        CHECK ((state = 'organic') = (reason IS NOT NULL))
      );
      CREATE INDEX join_waiting ON "join" (bucket, deadline_ms) WHERE state = 'waiting';
      CREATE INDEX join_link_key ON "join" (link_key) WHERE link_key IS NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE "join"; DROP TABLE click;');
  }
}
