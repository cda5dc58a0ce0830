import type { MigrationInterface, QueryRunner } from 'typeorm';

export class DeliveryListsMigration implements MigrationInterface {
  readonly name = 'DeliveryLists1790000000189';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE delivery ADD COLUMN match_level text`);
    const keys = 'joined_at DESC, delivery_id DESC';
    await runner.query(`CREATE INDEX delivery_by_site_state ON delivery (site_id, state, ${keys})`);
    await runner.query(`CREATE INDEX delivery_by_pixel_state ON delivery (pixel_id, state, ${keys})`);
    await runner.query(`CREATE INDEX delivery_by_pixel ON delivery (pixel_id, ${keys})`);
    await runner.query(`CREATE INDEX delivery_by_chat_state ON delivery (chat_id, state, ${keys})`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `DROP INDEX delivery_by_site_state, delivery_by_pixel_state, delivery_by_pixel, delivery_by_chat_state`,
    );
    await runner.query(`ALTER TABLE delivery DROP COLUMN match_level`);
  }
}
