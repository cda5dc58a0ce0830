import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What handlers of the tests did. Nothing in it is unique, so that a double effect shows. */
export class EffectsMigration implements MigrationInterface {
  readonly name = 'Effects1790000000099';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE effect (
        number bigint GENERATED ALWAYS AS IDENTITY,
        owner text NOT NULL,
        partition integer NOT NULL,
        record_offset bigint NOT NULL,
        key text NOT NULL,
        id text NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE effect');
  }
}
