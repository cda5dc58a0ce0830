import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Links by which people ask to be let in stand apart from those that let them in. */
export class LinkFormMigration implements MigrationInterface {
  readonly name = 'LinkForm1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE invite_link ADD COLUMN form text NOT NULL DEFAULT 'open'");
    await runner.query('DROP INDEX invite_link_free');
    await runner.query(
      'CREATE INDEX invite_link_free ON invite_link (chat_id, bot_id, form, expires_at) WHERE leased_by IS NULL',
    );
    await runner.query(`
      ALTER TABLE fallback_link
        ADD COLUMN form text NOT NULL DEFAULT 'open',
        DROP CONSTRAINT fallback_link_pkey,
        ADD PRIMARY KEY (chat_id, bot_id, form)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DELETE FROM fallback_link WHERE form <> 'open'");
    await runner.query(`
      ALTER TABLE fallback_link
        DROP CONSTRAINT fallback_link_pkey,
        ADD PRIMARY KEY (chat_id, bot_id),
        DROP COLUMN form`);
    await runner.query('DROP INDEX invite_link_free');
    await runner.query("DELETE FROM invite_link WHERE form <> 'open'");
    await runner.query('ALTER TABLE invite_link DROP COLUMN form');
    await runner.query(
      'CREATE INDEX invite_link_free ON invite_link (chat_id, bot_id, expires_at) WHERE leased_by IS NULL',
    );
  }
}
