import type { MigrationInterface, QueryRunner } from 'typeorm';

export class LinkStockMigration implements MigrationInterface {
  readonly name = 'LinkStock1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    // A leased link is never leased again, whatever becomes of the instance: it may have been shown to somebody.
    await runner.query(`
      CREATE TABLE invite_link (
        link_key   text PRIMARY KEY,
        chat_id    bigint NOT NULL,
        bot_id     bigint NOT NULL,
        url        text NOT NULL,
        minted_at  timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        leased_by  text,
        leased_at  timestamptz,
        CHECK ((leased_by IS NULL) = (leased_at IS NULL))
      )`);
    await runner.query(
      'CREATE INDEX invite_link_free ON invite_link (chat_id, bot_id, expires_at) WHERE leased_by IS NULL',
    );
    await runner.query(
      'CREATE INDEX invite_link_leased ON invite_link (chat_id, bot_id, leased_at) WHERE leased_by IS NOT NULL',
    );
    await runner.query('CREATE INDEX invite_link_expired ON invite_link (expires_at)');
    // The link that visitors share while there is no stock. It has no expiry.
    await runner.query(`
      CREATE TABLE fallback_link (
        chat_id   bigint NOT NULL,
        bot_id    bigint NOT NULL,
        link_key  text NOT NULL UNIQUE,
        url       text NOT NULL,
        minted_at timestamptz NOT NULL,
        PRIMARY KEY (chat_id, bot_id)
      )`);
    // Only channels whose last call failed stand here: the pause holds for all instances and survives a restart.
    await runner.query(`
      CREATE TABLE mint_failure (
        chat_id     bigint NOT NULL,
        bot_id      bigint NOT NULL,
        failures    integer NOT NULL,
        reason      text NOT NULL,
        failed_at   timestamptz NOT NULL,
        retry_at    timestamptz NOT NULL,
        PRIMARY KEY (chat_id, bot_id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE mint_failure, fallback_link, invite_link');
  }
}
