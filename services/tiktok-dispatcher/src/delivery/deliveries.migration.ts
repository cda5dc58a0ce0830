import { DELIVERY_STATES, VERDICTS, WIRE_FORMATS } from '@clickjoin/contracts';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const oneOf = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(', ');

/** Deliveries and their attempts: what was sent to TikTok, what came back, and what is still to be sent. */
export class DeliveriesMigration implements MigrationInterface {
  readonly name = 'Deliveries1790100000001';

  async up(runner: QueryRunner): Promise<void> {
    // Either the conversion's facts, until the first attempt, or the bytes made of them: the facts are dropped then,
    // since nothing may be built from them a second time. `text` and not `jsonb`: those bytes, and no others.
    await runner.query(`
      CREATE TABLE delivery (
        delivery_id uuid PRIMARY KEY,
        conversion_id uuid NOT NULL,
        join_id uuid NOT NULL,
        pixel_id uuid NOT NULL,
        site_id uuid NOT NULL,
        chat_id text NOT NULL,
        event_id text NOT NULL,
        joined_at timestamptz NOT NULL,
        state text NOT NULL CHECK (state IN (${oneOf(DELIVERY_STATES)})),
        revision int NOT NULL,
        attempts int NOT NULL DEFAULT 0,
        updated_at timestamptz NOT NULL,
        next_attempt_at timestamptz,
        first_unknown_at timestamptz,
        note text,
        facts text,
        wire_format text CHECK (wire_format IN (${oneOf(WIRE_FORMATS)})),
        path text,
        event_name text,
        body text,
        lease_token uuid,
        lease_until timestamptz,
        UNIQUE (conversion_id, pixel_id),
        CHECK (num_nonnulls(facts, body) = 1),
        CHECK (num_nulls(wire_format, path, event_name, body) IN (0, 4)),
        CHECK ((state IN ('queued', 'retrying')) = (next_attempt_at IS NOT NULL)),
        CHECK (num_nulls(lease_token, lease_until) = CASE state WHEN 'sending' THEN 0 ELSE 2 END)
      )`);
    // One partial index for each question that is asked all day; rows leave them as they are done with.
    await runner.query(`
      CREATE INDEX delivery_due_by_pixel ON delivery (pixel_id, next_attempt_at, joined_at)
        WHERE state IN ('queued', 'retrying')`);
    await runner.query(`
      CREATE INDEX delivery_due ON delivery (next_attempt_at) WHERE state IN ('queued', 'retrying')`);
    await runner.query(`CREATE INDEX delivery_leased ON delivery (lease_until) WHERE state = 'sending'`);
    await runner.query(`CREATE INDEX delivery_held ON delivery (pixel_id, joined_at) WHERE state = 'held'`);
    // No verdict: under way, or interrupted and not yet noticed.
    await runner.query(`
      CREATE TABLE attempt (
        delivery_id uuid NOT NULL REFERENCES delivery,
        number int NOT NULL,
        started_at timestamptz NOT NULL,
        duration_ms int,
        verdict text CHECK (verdict IN (${oneOf(VERDICTS)})),
        explanation text,
        http_status int,
        code int,
        message text,
        request_id text,
        PRIMARY KEY (delivery_id, number),
        CHECK (num_nulls(duration_ms, verdict, explanation) IN (0, 3))
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE attempt');
    await runner.query('DROP TABLE delivery');
  }
}
