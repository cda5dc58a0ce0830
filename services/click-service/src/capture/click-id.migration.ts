import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ClickIdMigration implements MigrationInterface {
  readonly name = 'ClickId1764200000000';

  async up(runner: QueryRunner): Promise<void> {
    // Which link a caller's clickId was given. No personal data: the click's facts are in the log alone.
    await runner.query(`
      CREATE TABLE claimed_click (
        click_id    uuid PRIMARY KEY,
        chat_id     bigint NOT NULL,
        link_kind   text NOT NULL,
        link_key    text,
        location    text,
        captured_at timestamptz NOT NULL,
        claimed_at  timestamptz NOT NULL)`);
    await runner.query('CREATE INDEX claimed_click_old ON claimed_click (claimed_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE claimed_click');
  }
}
