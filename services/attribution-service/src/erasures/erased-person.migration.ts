import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who was erased, by the SHA-256 of the id: enough to know a duplicate, and no list of names. */
export class ErasedPersonMigration implements MigrationInterface {
  readonly name = 'ErasedPerson1790000000104';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE erased_person (
        person_hash bytea PRIMARY KEY,
        erased_at_ms bigint NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE erased_person');
  }
}
