import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { SERVICE } from '../service-name';

/** In place of a join whose person was erased: the click stays converted, and says by whom no more. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

export interface Erased {
  readonly joinIds: string[];
  /** Those of them that were attributed. */
  readonly attributedJoinIds: string[];
  readonly clickIds: string[];
}

@Injectable()
export class ErasureStore {
  /**
   * Every bucket until the transaction ends: no slice is then in the middle of a join of this person, and the next
   * one finds that the person was erased. In order, as nobody else takes more than one.
   */
  async lockAllBuckets(tx: EntityManager, buckets: number): Promise<void> {
    await tx.query(
      `SELECT pg_advisory_xact_lock(hashtext($1), bucket)
         FROM (SELECT bucket FROM generate_series(0, $2::integer - 1) AS bucket ORDER BY 1) AS buckets`,
      [SERVICE, buckets],
    );
  }

  /** What this person did up to then is not taken in again. */
  async remember(tx: EntityManager, telegramUserId: string, erasedAtMs: number): Promise<void> {
    await tx.query(
      `INSERT INTO erased_person AS known (person_hash, erased_at_ms)
       VALUES (sha256(convert_to($1, 'UTF8')), $2)
       ON CONFLICT (person_hash) DO UPDATE SET erased_at_ms = greatest(known.erased_at_ms, excluded.erased_at_ms)`,
      [telegramUserId, erasedAtMs],
    );
  }

  /** Joins, bot starts and notes go; clicks that are the person's stay converted or unusable, without what they held. */
  async erase(tx: EntityManager, telegramUserId: string): Promise<Erased> {
    const [joins]: [
      { join_id: string; state: string; link_key: string | null; click_id: string | null }[],
      number,
    ] = await tx.query(
      'DELETE FROM "join" WHERE telegram_user_id = $1 RETURNING join_id, state, link_key, click_id',
      [telegramUserId],
    );
    const [starts]: [{ click_id: string }[], number] = await tx.query(
      'DELETE FROM bot_start WHERE telegram_user_id = $1 RETURNING click_id',
      [telegramUserId],
    );
    await tx.query('DELETE FROM member_note WHERE telegram_user_id = $1', [telegramUserId]);
    const keys = [
      // A link is one visitor's: its click is this person's, unless it was credited to somebody else.
      ...joins.flatMap(({ link_key }) => link_key ?? []),
      ...joins.flatMap(({ click_id }) => click_id ?? []),
      ...starts.map(({ click_id }) => click_id),
    ];
    const clickIds = await this.blankClicks(tx, telegramUserId, keys);
    await this.forgetSurprises(
      tx,
      joins.map(({ join_id }) => join_id),
      clickIds,
    );
    return {
      joinIds: joins.map(({ join_id }) => join_id).sort(),
      attributedJoinIds: joins
        .filter(({ state }) => state === 'attributed')
        .map(({ join_id }) => join_id)
        .sort(),
      clickIds,
    };
  }

  /**
   * Clicks that remember this person though the join is not kept any more. No index leads to them, as it would cost
   * every conversion; an erasure is rare and may take its time, and so holds no lock meanwhile.
   */
  async creditedClickKeys(tx: EntityManager, telegramUserId: string): Promise<string[]> {
    await tx.query('SET LOCAL statement_timeout = 0');
    const rows: { click_key: string }[] = await tx.query(
      'SELECT click_key FROM click WHERE converted_by_user = $1',
      [telegramUserId],
    );
    return rows.map(({ click_key }) => click_key);
  }

  /** @returns the ids of those that were this person's. */
  async blankClicks(
    tx: EntityManager,
    telegramUserId: string,
    clickKeys: readonly string[],
  ): Promise<string[]> {
    if (clickKeys.length === 0) return [];
    const [rows]: [{ click_id: string }[], number] = await tx.query(
      `UPDATE click SET facts = NULL, converted_by_user = NULL, converted_by_join = $3
        WHERE click_key = ANY ($1::text[]) AND link_kind NOT IN ('fallback', 'none')
          AND (converted_by_join IS NULL OR converted_by_user = $2)
       RETURNING click_id`,
      [[...new Set(clickKeys)], telegramUserId, NOBODY],
    );
    return rows.map(({ click_id }) => click_id).sort();
  }

  private async forgetSurprises(
    tx: EntityManager,
    joinIds: readonly string[],
    clickIds: readonly string[],
  ): Promise<void> {
    await tx.query('DELETE FROM surprise WHERE join_id = ANY ($1::uuid[]) OR click_id = ANY ($2::uuid[])', [
      joinIds,
      clickIds,
    ]);
  }
}
