import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A removed setting is a record without a value in its topic, on the same way through the outbox as its changes. */
export class TombstonesMigration implements MigrationInterface {
  readonly name = 'Tombstones1790000000182';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE outbox ALTER COLUMN value DROP NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE outbox ALTER COLUMN value SET NOT NULL`);
  }
}
