import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ApiTokensMigration implements MigrationInterface {
  readonly name = 'ApiTokens1790000000181';

  async up(runner: QueryRunner): Promise<void> {
    // The hash, so that a copy of the database signs nobody in.
    await runner.query(`
      CREATE TABLE api_token (
        token_id uuid PRIMARY KEY,
        token_hash bytea NOT NULL UNIQUE,
        prefix text NOT NULL,
        name text NOT NULL,
        scope text NOT NULL CHECK (scope IN ('read', 'write')),
        created_at timestamptz NOT NULL,
        last_used_at timestamptz
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE api_token`);
  }
}
