import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Conversions of people who asked to be forgotten: one that comes, or comes again, later makes no delivery. */
export class ErasedConversionsMigration implements MigrationInterface {
  readonly name = 'ErasedConversions1790100000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE erased_conversion (conversion_id uuid PRIMARY KEY, erased_at timestamptz NOT NULL)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE erased_conversion');
  }
}
