import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ChannelSettingsMigration implements MigrationInterface {
  readonly name = 'ChannelSettings1790000000186';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE channel
        ADD COLUMN link_mode text,
        ADD COLUMN join_requests text,
        ADD COLUMN attribution jsonb,
        ADD COLUMN migrated_to bigint`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE channel DROP COLUMN link_mode, DROP COLUMN join_requests, DROP COLUMN attribution,
                          DROP COLUMN migrated_to`);
  }
}
