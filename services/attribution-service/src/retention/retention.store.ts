import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { SERVICE } from '../service-name';

export type Swept = 'facts' | 'click' | 'link' | 'join';

/**
 * Late slices may still write a little below a mark that has just been moved; the next sweep begins this much before
 * the last one ended, and takes that along.
 */
const OVERLAP_MS = 86_400_000;

/** Rows by primary key or place, the oldest first: each statement finds its batch at the left end of an index. */
const SWEEPS = {
  facts: [
    `UPDATE click SET facts = NULL WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM click WHERE captured_at_ms > $1 AND captured_at_ms <= $2 AND facts IS NOT NULL
        ORDER BY captured_at_ms LIMIT $3 FOR UPDATE SKIP LOCKED))`,
  ],
  click: [
    // A converted click stays as a link that is known: without its facts it is small.
    `DELETE FROM click WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM click WHERE captured_at_ms > $1 AND captured_at_ms <= $2 AND converted_by_join IS NULL
        ORDER BY captured_at_ms LIMIT $3 FOR UPDATE SKIP LOCKED))`,
    `DELETE FROM bot_start WHERE ctid = ANY (ARRAY(
       SELECT start.ctid FROM bot_start AS start
        WHERE started_at_ms > $1 AND started_at_ms <= $2
          AND NOT EXISTS (SELECT 1 FROM click WHERE click_key = start.click_id::text)
        ORDER BY started_at_ms LIMIT $3 FOR UPDATE SKIP LOCKED))`,
  ],
  link: [
    `DELETE FROM click WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM click WHERE captured_at_ms > $1 AND captured_at_ms <= $2
        ORDER BY captured_at_ms LIMIT $3 FOR UPDATE SKIP LOCKED))`,
    `DELETE FROM bot_start WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM bot_start WHERE started_at_ms > $1 AND started_at_ms <= $2
        ORDER BY started_at_ms LIMIT $3 FOR UPDATE SKIP LOCKED))`,
  ],
  join: [
    `DELETE FROM "join" WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM "join" WHERE joined_at_ms > $1 AND joined_at_ms <= $2 AND state <> 'waiting'
        ORDER BY joined_at_ms LIMIT $3 FOR UPDATE SKIP LOCKED))`,
  ],
} as const satisfies Record<Swept, readonly string[]>;

export interface Sweep {
  readonly what: Swept;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** What has become too old. Batches of a few ms each: nothing on the hot path waits for more than that. */
@Injectable()
export class RetentionStore {
  /** Whether this instance is the one that sweeps, until the transaction ends. */
  async isFirst(tx: EntityManager): Promise<boolean> {
    const [row]: { granted: boolean }[] = await tx.query(
      'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS granted',
      [`${SERVICE} retention`],
    );
    return row?.granted === true;
  }

  /**
   * First of all, so that nothing that is about to go is taken in anew.
   * @returns what is to be swept: from where the last complete sweep ended.
   */
  async begin(tx: EntityManager, what: Swept, untilMs: number): Promise<Sweep> {
    const rows: { swept_from_ms: string }[] = await tx.query(
      `INSERT INTO swept (what, swept_until_ms) VALUES ($1, $2)
       ON CONFLICT (what) DO UPDATE SET swept_until_ms = greatest(swept.swept_until_ms, excluded.swept_until_ms)
       RETURNING swept_from_ms`,
      [what, untilMs],
    );
    return { what, untilMs, fromMs: Math.max(0, Number(rows[0]?.swept_from_ms ?? 0) - OVERLAP_MS) };
  }

  /** Nothing of this sweep is left: the next one begins where it ended. */
  async finish(tx: EntityManager, { what, untilMs }: Sweep): Promise<void> {
    await tx.query('UPDATE swept SET swept_from_ms = greatest(swept_from_ms, $2::bigint) WHERE what = $1', [
      what,
      untilMs,
    ]);
  }

  /** @returns how many rows went; fewer than `limit` when none are left. */
  async sweep(tx: EntityManager, { what, fromMs, untilMs }: Sweep, limit: number): Promise<number> {
    let most = 0;
    for (const statement of SWEEPS[what]) {
      const [, swept]: [unknown, number] = await tx.query(statement, [fromMs, untilMs, limit]);
      most = Math.max(most, swept);
    }
    return most;
  }

  /**
   * Surprises, hours of the funnel and clicks to be erased that are too old, and surprises beyond the newest
   * `surprisesKept`.
   */
  async sweepLists(
    tx: EntityManager,
    { surprisesBeforeMs, surprisesKept, funnelBeforeMs, erasedClicksBeforeMs }: ListLimits,
  ): Promise<void> {
    await tx.query(
      `DELETE FROM surprise WHERE noticed_at < to_timestamp($1::double precision / 1000)
          OR id <= (SELECT id FROM surprise ORDER BY id DESC OFFSET $2 LIMIT 1)`,
      [surprisesBeforeMs, surprisesKept],
    );
    await tx.query('DELETE FROM funnel WHERE hour_ms < $1', [funnelBeforeMs]);
    await tx.query('DELETE FROM erased_click WHERE erased_at_ms < $1', [erasedClicksBeforeMs]);
  }
}

export interface ListLimits {
  readonly surprisesBeforeMs: number;
  readonly surprisesKept: number;
  readonly funnelBeforeMs: number;
  readonly erasedClicksBeforeMs: number;
}
