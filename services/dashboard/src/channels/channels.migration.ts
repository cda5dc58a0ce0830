import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A channel is here from the moment a bot saw it; its settings are empty until somebody sets it up. */
export class ChannelsMigration implements MigrationInterface {
  readonly name = 'Channels1790000000140';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE channel (
        chat_id bigint PRIMARY KEY,
        type text NOT NULL,
        title text NOT NULL,
        is_public boolean NOT NULL,
        username text,
        observed_at timestamptz NOT NULL,

        site_id uuid REFERENCES site,
        bot_id bigint,
        slug text,
        event_type text,
        custom_event_name text,
        value double precision,
        currency text,
        content_name text,
        version integer NOT NULL DEFAULT 0,
        configured_at timestamptz,
        -- Visitors come in at /c/<slug>, whatever the site.
        CONSTRAINT channel_slug_once UNIQUE (slug)
      )`);
    await runner.query(`CREATE INDEX channel_by_site ON channel (site_id) WHERE site_id IS NOT NULL`);
    await runner.query(`
      CREATE TABLE channel_bot (
        chat_id bigint NOT NULL,
        bot_id bigint NOT NULL,
        is_admin boolean NOT NULL,
        can_invite boolean NOT NULL,
        observed_at timestamptz NOT NULL,
        PRIMARY KEY (chat_id, bot_id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE channel_bot, channel`);
  }
}
