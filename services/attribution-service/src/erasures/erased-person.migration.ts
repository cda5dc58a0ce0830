import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Who was erased, by the SHA-256 of the id: enough to know a duplicate, and no list of names. `erased_here_ms` is the
 * latest erasure that this very database has seen through; of the others it was told by the topic.
 *
 * `erased_click` has the link keys and click ids of their clicks that had not been read by then.
 */
export class ErasedPersonMigration implements MigrationInterface {
  readonly name = 'ErasedPerson1790000000104';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE erased_person (
        person_hash bytea PRIMARY KEY,
        erased_at_ms bigint NOT NULL,
        erased_here_ms bigint NOT NULL DEFAULT 0
      );
      CREATE TABLE erased_click (
        click_key text PRIMARY KEY,
        erased_at_ms bigint NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE erased_click; DROP TABLE erased_person;');
  }
}
