import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How far each partition has been worked off, in the same database as the work's effects. */
export class OffsetsMigration implements MigrationInterface {
  readonly name = 'ConsumerOffsets1790000000001';

  async up(runner: QueryRunner): Promise<void> {
    // Updated once a batch: a low fill factor keeps the new versions on the page, and the index untouched.
    await runner.query(`
      CREATE TABLE consumer_offset (
        consumer_group text NOT NULL,
        topic text NOT NULL,
        partition integer NOT NULL CHECK (partition >= 0),
        next_offset bigint NOT NULL CHECK (next_offset >= 0),
        PRIMARY KEY (consumer_group, topic, partition)
      ) WITH (fillfactor = 50)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE consumer_offset');
  }
}
