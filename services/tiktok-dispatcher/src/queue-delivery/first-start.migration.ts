import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What tells a conversion that nobody has sent yet from one that was sent for a database that is no more: both are
 * read for the first time here, but the latter was logged before this database was made.
 */
export class FirstStartMigration implements MigrationInterface {
  readonly name = 'FirstStart1790100000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE first_start (started_at timestamptz NOT NULL)');
    await runner.query('INSERT INTO first_start VALUES (now())');
    // `needs_person`: no pixel's resume lets it go.
    await runner.query(`
      ALTER TABLE delivery
        ADD COLUMN logged_at timestamptz,
        ADD COLUMN needs_person boolean NOT NULL DEFAULT false,
        ADD CHECK (NOT needs_person OR state = 'held')`);
    await runner.query('UPDATE delivery SET logged_at = joined_at');
    await runner.query('ALTER TABLE delivery ALTER COLUMN logged_at SET NOT NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE delivery DROP COLUMN logged_at, DROP COLUMN needs_person');
    await runner.query('DROP TABLE first_start');
  }
}
