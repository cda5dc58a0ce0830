import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { NewClick } from '../attribute/click.store';

/** In place of a join whose person was erased: the click stays converted, and says by whom no more. */
export const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Whom a click was credited to, before it was blanked. */
export interface Blanked {
  readonly clickId: string;
  readonly joinId?: string;
}

/** An erased person's clicks, those that are here and those that may still come. */
@Injectable()
export class ErasedClickStore {
  /**
   * Remembers those that are not here: when they come they are blanked at once. Under the locks under which such clicks
   * are written.
   * @param clickKeys link keys, or click ids
   */
  async awaitMissing(tx: EntityManager, clickKeys: readonly string[], erasedAtMs: number): Promise<void> {
    if (clickKeys.length === 0) return;
    await tx.query(
      `INSERT INTO erased_click (click_key, erased_at_ms)
       SELECT DISTINCT click_key, $2::bigint FROM unnest($1::text[]) AS c (click_key)
        WHERE NOT EXISTS (SELECT 1 FROM click WHERE click.click_key = c.click_key)
        ORDER BY 1
       ON CONFLICT (click_key) DO NOTHING`,
      [clickKeys, erasedAtMs],
    );
  }

  /**
   * They stay, converted by nobody and without what they held.
   * @param telegramUserId may have them though they are converted; without it only unconverted ones are blanked
   * @returns those that were blanked now.
   */
  async blank(
    tx: EntityManager,
    clickKeys: readonly string[],
    telegramUserId: string | null = null,
  ): Promise<Blanked[]> {
    if (clickKeys.length === 0) return [];
    const [rows]: [{ click_id: string; join_id: string | null }[], number] = await tx.query(
      `WITH theirs AS (
         SELECT click_key, converted_by_join
           FROM click
          WHERE click_key = ANY ($1::text[]) AND link_kind NOT IN ('fallback', 'none')
            AND (converted_by_join IS NULL OR converted_by_user = $2::bigint)
          ORDER BY click_key FOR UPDATE)
       UPDATE click SET facts = NULL, converted_by_user = NULL, converted_by_join = $3
         FROM theirs
        WHERE click.click_key = theirs.click_key
       RETURNING click.click_id, theirs.converted_by_join AS join_id`,
      [[...new Set(clickKeys)], telegramUserId, NOBODY],
    );
    return rows.map((row) => ({
      clickId: row.click_id,
      ...(row.join_id === null ? {} : { joinId: row.join_id }),
    }));
  }

  /** @returns those of the clicks that are an erased person's: by their link, or by name. */
  async among(tx: EntityManager, clicks: readonly NewClick[]): Promise<Set<NewClick>> {
    const rows: { click_key: string }[] = await tx.query(
      'SELECT click_key FROM erased_click WHERE click_key = ANY ($1::text[])',
      [[...new Set(clicks.flatMap(({ clickKey, clickId }) => [clickKey, clickId]))]],
    );
    const keys = new Set(rows.map((row) => row.click_key));
    const isErased = ({ clickKey, clickId, linkKind }: NewClick): boolean =>
      // Everybody who comes by a fallback link has the same key.
      keys.has(clickId) || (linkKind !== 'fallback' && linkKind !== 'none' && keys.has(clickKey));
    return new Set(clicks.filter(isErased));
  }
}
