import type { MigrationInterface, QueryRunner } from 'typeorm';

const FINAL = `'accepted', 'rejected', 'possibly-accepted', 'expired'`;

/**
 * Keeps the event's own bytes instead of a request's, since the same event goes alone or in a batch; what is known of
 * its match quality, which outlives them; and when they were erased.
 */
export class FrozenEventsMigration implements MigrationInterface {
  readonly name = 'FrozenEvents1790100000004';

  async up(runner: QueryRunner): Promise<void> {
    // `sends_alone`: TikTok took only part of a batch that it was in.
    await runner.query(`
      ALTER TABLE delivery
        ADD COLUMN pixel_code text,
        ADD COLUMN event_json text,
        ADD COLUMN test_event_code text,
        ADD COLUMN match_quality jsonb,
        ADD COLUMN sends_alone boolean NOT NULL DEFAULT false,
        ADD COLUMN unsent_confirmed_at timestamptz,
        ADD COLUMN erased_at timestamptz`);
    // Text surgery and no JSON functions: the bytes of an event that TikTok may have must not change.
    await runner.query(String.raw`
      UPDATE delivery SET
        pixel_code = substring(body FROM '"(?:pixel_code|event_source_id)":"([^"]*)"'),
        test_event_code = substring(body FROM '"test_event_code":"((?:[^"\\]|\\.)*)"'),
        event_json = CASE wire_format
          WHEN '1.0' THEN regexp_replace(
            regexp_replace(body, '^\{"pixel_code":"[^"]*",', '{'),
            ',"test_event_code":"(?:[^"\\]|\\.)*"', '')
          ELSE regexp_replace(
            body,
            '^\{"event_source":"web","event_source_id":"[^"]*",(?:"test_event_code":"(?:[^"\\]|\\.)*",)?"data":\[(.*)\]\}$',
            '\1')
        END
      WHERE body IS NOT NULL`);
    // The rules about them go with the columns.
    await runner.query('ALTER TABLE delivery DROP COLUMN path, DROP COLUMN body');
    await runner.query(`
      ALTER TABLE delivery
        ADD CHECK (num_nonnulls(facts, event_json) = CASE WHEN erased_at IS NULL THEN 1 ELSE 0 END),
        ADD CHECK (num_nulls(wire_format, pixel_code, event_name) IN (0, 3)),
        ADD CHECK (event_json IS NULL OR wire_format IS NOT NULL),
        ADD CHECK (erased_at IS NULL OR state IN ('sending', ${FINAL}))`);
    await runner.query('ALTER TABLE attempt ADD COLUMN events int NOT NULL DEFAULT 1');
    await runner.query('DROP INDEX delivery_held');
    await runner.query(`
      CREATE INDEX delivery_held ON delivery (pixel_id, joined_at) WHERE state = 'held' AND NOT needs_person`);
    // For replays of a range, for what waits beyond the age limit, and for what is kept no longer than needed.
    await runner.query('CREATE INDEX delivery_joined ON delivery (joined_at, delivery_id)');
    await runner.query(`
      CREATE INDEX delivery_waiting ON delivery (joined_at) WHERE state IN ('queued', 'retrying', 'held')`);
    await runner.query(`
      CREATE INDEX delivery_done ON delivery (updated_at) WHERE erased_at IS NULL AND state IN (${FINAL})`);
  }

  async down(): Promise<void> {
    return Promise.reject(new Error('the requests of batches are not kept: there is no way back'));
  }
}
