import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { SERVICE } from '../service-name';
import { ErasedClickStore, type Blanked } from './erased-click.store';

export interface Erased {
  /** Those that were held here, and those that a click remembers though they are not kept any more. */
  readonly joinIds: string[];
  /** Those of them that were attributed. */
  readonly attributedJoinIds: string[];
  readonly clickIds: string[];
}

/** A person and until when, Unix ms. */
export interface ErasedPerson {
  readonly telegramUserId: string;
  readonly erasedAtMs: number;
}

@Injectable()
export class ErasureStore {
  constructor(private readonly clicks: ErasedClickStore) {}

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

  /**
   * What this person did up to then is not taken in again.
   * @param isHere whether it is seen through here and now, and others are told; else we are told.
   */
  async remember(
    tx: EntityManager,
    { telegramUserId, erasedAtMs }: ErasedPerson,
    { isHere }: { isHere: boolean },
  ): Promise<void> {
    await tx.query(
      `INSERT INTO erased_person AS known (person_hash, erased_at_ms, erased_here_ms)
       VALUES (sha256(convert_to($1, 'UTF8')), $2::bigint, CASE WHEN $3::boolean THEN $2::bigint ELSE 0 END)
       ON CONFLICT (person_hash) DO UPDATE
          SET erased_at_ms = greatest(known.erased_at_ms, excluded.erased_at_ms),
              erased_here_ms = greatest(known.erased_here_ms, excluded.erased_here_ms)`,
      [telegramUserId, erasedAtMs, isHere],
    );
  }

  /** @returns for each whether it was seen through here, so that nothing of that time can be left. */
  async areDoneHere(tx: EntityManager, persons: readonly ErasedPerson[]): Promise<boolean[]> {
    const rows: { is_done: boolean }[] = await tx.query(
      `SELECT coalesce(known.erased_here_ms >= person.erased_at_ms, false) AS is_done
         FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS person (telegram_user_id, erased_at_ms, place)
         LEFT JOIN erased_person AS known
           ON known.person_hash = sha256(convert_to(person.telegram_user_id, 'UTF8'))
        ORDER BY person.place`,
      [persons.map((one) => one.telegramUserId), persons.map((one) => one.erasedAtMs)],
    );
    return rows.map((row) => row.is_done);
  }

  /**
   * Joins, bot starts and notes go; clicks that are the person's stay converted or unusable, without what they held.
   * @param creditedClickKeys clicks of that time that remember the person (`creditedClickKeys`)
   * @param upToMs what the person did after that is kept; without it all goes.
   */
  async erase(
    tx: EntityManager,
    { telegramUserId, erasedAtMs }: ErasedPerson,
    creditedClickKeys: readonly string[],
    upToMs: number | null,
  ): Promise<Erased> {
    const [joins]: [
      { join_id: string; state: string; link_key: string | null; click_id: string | null }[],
      number,
    ] = await tx.query(
      `DELETE FROM "join" WHERE telegram_user_id = $1 AND ($2::bigint IS NULL OR joined_at_ms <= $2)
       RETURNING join_id, state, link_key, click_id`,
      [telegramUserId, upToMs],
    );
    const [starts]: [{ click_id: string }[], number] = await tx.query(
      `DELETE FROM bot_start WHERE telegram_user_id = $1 AND ($2::bigint IS NULL OR started_at_ms <= $2)
       RETURNING click_id`,
      [telegramUserId, upToMs],
    );
    await tx.query(
      `DELETE FROM member_note AS note
        WHERE telegram_user_id = $1
          AND NOT EXISTS (SELECT 1 FROM bot_start AS start WHERE start.telegram_user_id = note.telegram_user_id)`,
      [telegramUserId],
    );
    // A link is one visitor's: its click is this person's, unless it was credited to somebody else.
    const linkKeys = joins.flatMap(({ link_key }) => link_key ?? []);
    const startKeys = starts.map(({ click_id }) => click_id);
    const creditedIds = joins.flatMap(({ click_id }) => click_id ?? []);
    const keys = [...creditedClickKeys, ...linkKeys, ...startKeys, ...creditedIds];
    const clicks = await this.clicks.blank(tx, keys, telegramUserId);
    await this.clicks.awaitMissing(tx, [...linkKeys, ...startKeys], erasedAtMs);
    const erased = erasedOf(joins, clicks);
    await this.forgetSurprises(tx, erased);
    return erased;
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

  /**
   * The same for persons of whom the topic tells, and the clicks that it names. Not those that a later join converted:
   * that person has come again.
   */
  async clickKeysOf(
    tx: EntityManager,
    persons: readonly ErasedPerson[],
    clickIds: readonly string[],
  ): Promise<{ clickKey: string; telegramUserId?: string }[]> {
    await tx.query('SET LOCAL statement_timeout = 0');
    const rows: { click_key: string; converted_by_user: string | null }[] = await tx.query(
      `SELECT click_key, converted_by_user
         FROM click
         LEFT JOIN unnest($1::bigint[], $2::bigint[]) AS person (telegram_user_id, erased_at_ms)
           ON person.telegram_user_id = converted_by_user
        WHERE click_id = ANY ($3::uuid[])
           OR (captured_at_ms <= person.erased_at_ms AND NOT EXISTS (
                 SELECT 1 FROM "join"
                  WHERE join_id = converted_by_join AND joined_at_ms > person.erased_at_ms))`,
      [persons.map((one) => one.telegramUserId), persons.map((one) => one.erasedAtMs), clickIds],
    );
    return rows.map(({ click_key, converted_by_user }) => ({
      clickKey: click_key,
      ...(converted_by_user === null ? {} : { telegramUserId: converted_by_user }),
    }));
  }

  private async forgetSurprises(tx: EntityManager, { joinIds, clickIds }: Erased): Promise<void> {
    await tx.query('DELETE FROM surprise WHERE join_id = ANY ($1::uuid[]) OR click_id = ANY ($2::uuid[])', [
      joinIds,
      clickIds,
    ]);
  }
}

function erasedOf(joins: readonly { join_id: string; state: string }[], clicks: readonly Blanked[]): Erased {
  const converted = clicks.flatMap(({ joinId }) => joinId ?? []);
  const attributed = joins.filter(({ state }) => state === 'attributed').map(({ join_id }) => join_id);
  const sorted = (ids: readonly string[]): string[] => [...new Set(ids)].sort();
  return {
    joinIds: sorted([...joins.map(({ join_id }) => join_id), ...converted]),
    attributedJoinIds: sorted([...attributed, ...converted]),
    clickIds: sorted(clicks.map(({ clickId }) => clickId)),
  };
}
