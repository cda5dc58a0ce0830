import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A removed setting is a record without a value, on the same way through the outbox as its changes. The dashboard's
 * databases may have had this step under a name of its own; taking it again changes nothing.
 */
export class OutboxTombstonesMigration implements MigrationInterface {
  readonly name = 'OutboxTombstones1790000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE outbox ALTER COLUMN value DROP NOT NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE outbox ALTER COLUMN value SET NOT NULL');
  }
}
