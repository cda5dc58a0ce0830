import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which instance has leased a delivery, so that its end is noticed before the lease's. */
export class LeaseOwnersMigration implements MigrationInterface {
  readonly name = 'LeaseOwners1790100000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE delivery ADD COLUMN lease_owner int');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE delivery DROP COLUMN lease_owner');
  }
}
