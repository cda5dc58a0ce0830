import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Test events are no deliveries: that TikTok took one would be known nowhere. */
export class PixelTestsMigration implements MigrationInterface {
  readonly name = 'PixelTests1790000000191';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE pixel_test (pixel_id uuid PRIMARY KEY, accepted_at timestamptz NOT NULL)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE pixel_test`);
  }
}
