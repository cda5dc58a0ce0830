import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a delivery's channel said of its event when the delivery was queued, and which deliveries wait for that. */
export class ChannelEventsMigration implements MigrationInterface {
  readonly name = 'ChannelEvents1790100000009';

  async up(runner: QueryRunner): Promise<void> {
    // Null in what is queued already: that takes the channel's settings at its first attempt, as it would have before.
    await runner.query(`
      ALTER TABLE delivery
        ADD COLUMN channel_event jsonb,
        ADD COLUMN awaits_channel boolean NOT NULL DEFAULT false,
        ADD CHECK (NOT awaits_channel OR state = 'held')`);
    await runner.query('CREATE INDEX delivery_awaits_channel ON delivery (chat_id) WHERE awaits_channel');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE delivery DROP COLUMN channel_event, DROP COLUMN awaits_channel');
  }
}
