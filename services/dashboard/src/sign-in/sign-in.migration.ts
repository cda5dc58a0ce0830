import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SignInMigration implements MigrationInterface {
  readonly name = 'SignIn1790000000100';

  async up(runner: QueryRunner): Promise<void> {
    // One password: the key admits one row, so of two instances that start for the first time one makes it.
    await runner.query(`
      CREATE TABLE admin_password (
        is_the_one boolean PRIMARY KEY DEFAULT true CHECK (is_the_one),
        hash text NOT NULL,
        changed_at timestamptz NOT NULL
      )`);
    // The hash, so that a copy of the database signs nobody in.
    await runner.query(`
      CREATE TABLE session (
        token_hash bytea PRIMARY KEY,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL
      )`);
    await runner.query(`CREATE INDEX session_by_expiry ON session (expires_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE session, admin_password`);
  }
}
