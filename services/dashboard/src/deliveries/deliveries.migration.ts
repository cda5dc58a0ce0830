import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The latest state of each delivery, and every attempt it made. */
export class DeliveriesMigration implements MigrationInterface {
  readonly name = 'Deliveries1790000000170';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE delivery (
        delivery_id uuid PRIMARY KEY,
        conversion_id uuid NOT NULL,
        join_id uuid NOT NULL,
        pixel_id uuid NOT NULL,
        site_id uuid NOT NULL,
        chat_id bigint NOT NULL,
        event_id text NOT NULL,
        event_name text,
        state text NOT NULL,
        revision integer NOT NULL,
        joined_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        next_attempt_at timestamptz,
        note text
      )`);
    // By the join's time, which never changes: a page by the update's time would miss rows that move.
    await runner.query(`CREATE INDEX delivery_by_time ON delivery (joined_at DESC, delivery_id DESC)`);
    await runner.query(
      `CREATE INDEX delivery_by_state ON delivery (state, joined_at DESC, delivery_id DESC)`,
    );
    await runner.query(
      `CREATE INDEX delivery_by_chat ON delivery (chat_id, joined_at DESC, delivery_id DESC)`,
    );
    await runner.query(
      `CREATE INDEX delivery_by_site ON delivery (site_id, joined_at DESC, delivery_id DESC)`,
    );
    await runner.query(`CREATE INDEX delivery_by_join ON delivery (join_id)`);
    // No foreign key: nothing an attempt says depends on which of an update's parts is written first.
    await runner.query(`
      CREATE TABLE attempt (
        delivery_id uuid NOT NULL,
        number integer NOT NULL,
        started_at timestamptz NOT NULL,
        duration_ms integer NOT NULL,
        verdict text NOT NULL,
        explanation text NOT NULL,
        http_status integer,
        code bigint,
        message text,
        request_id text,
        PRIMARY KEY (delivery_id, number)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE attempt, delivery`);
  }
}
