import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How far the permits of each access token are given out. Of the token it holds the digest alone. */
export class SendRatesMigration implements MigrationInterface {
  readonly name = 'SendRates1790100000006';

  async up(runner: QueryRunner): Promise<void> {
    // Updated with each round: a low fill factor keeps the new versions on the page, and the index untouched.
    await runner.query(`
      CREATE TABLE send_rate (
        token_digest text PRIMARY KEY,
        next_at timestamptz NOT NULL,
        blocked_until timestamptz NOT NULL,
        throttles int NOT NULL
      ) WITH (fillfactor = 20)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE send_rate');
  }
}
