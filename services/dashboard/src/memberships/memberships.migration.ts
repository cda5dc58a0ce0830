import type { MigrationInterface, QueryRunner } from 'typeorm';

export class MembershipsMigration implements MigrationInterface {
  readonly name = 'Memberships1790000000187';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE member_left (
        chat_id bigint NOT NULL,
        telegram_user_id bigint NOT NULL,
        left_at timestamptz NOT NULL,
        kind text NOT NULL,
        PRIMARY KEY (telegram_user_id, chat_id, left_at)
      )`);
    // Who is not to come back by a replay of the topics: the hash that TikTok knows people by, and no id.
    await runner.query(`
      CREATE TABLE erased_person (
        person_hash bytea PRIMARY KEY,
        erased_at timestamptz NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE erased_person, member_left`);
  }
}
