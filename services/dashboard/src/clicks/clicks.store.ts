import type { ClickCaptured } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

type Queryable = Pick<EntityManager, 'query'>;

/** Clicks, to be counted. */
@Injectable()
export class ClicksStore {
  /**
   * Any order, any number of times: of two clicks of one id the earlier one stands. `DISTINCT ON` collapses the
   * batch (Postgres refuses to touch a row twice in one statement) and sorts it (two batches that lock the same
   * rows in different orders would deadlock).
   */
  async apply(tx: Queryable, clicks: readonly ClickCaptured[]): Promise<void> {
    await tx.query(
      `INSERT INTO click (click_id, site_id, chat_id, captured_at, link_kind, has_ttclid)
       SELECT DISTINCT ON (click_id) *
         FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::timestamptz[], $5::text[], $6::boolean[])
           AS captured (click_id, site_id, chat_id, captured_at, link_kind, has_ttclid)
        ORDER BY click_id, captured_at
       ON CONFLICT (click_id) DO UPDATE
         SET site_id = excluded.site_id, chat_id = excluded.chat_id, captured_at = excluded.captured_at,
             link_kind = excluded.link_kind, has_ttclid = excluded.has_ttclid
       WHERE excluded.captured_at < click.captured_at`,
      [
        clicks.map(({ clickId }) => clickId),
        clicks.map(({ siteId }) => siteId),
        clicks.map(({ chatId }) => chatId),
        clicks.map(({ capturedAt }) => capturedAt),
        clicks.map(({ linkKind }) => linkKind),
        clicks.map(({ ad }) => ad.ttclid !== undefined),
      ],
    );
  }
}
