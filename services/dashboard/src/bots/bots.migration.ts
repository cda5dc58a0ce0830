import type { MigrationInterface, QueryRunner } from 'typeorm';

export class BotsMigration implements MigrationInterface {
  readonly name = 'Bots1790000000130';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE bot (
        bot_id bigint PRIMARY KEY,
        username text NOT NULL,
        name text NOT NULL,
        token jsonb NOT NULL,
        webhook_secret jsonb NOT NULL,
        version integer NOT NULL,
        configured_at timestamptz NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE bot`);
  }
}
