import type { LinkKind } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ClaimedClick } from './click-ids';

interface Row {
  readonly click_id: string;
  readonly chat_id: string;
  readonly link_kind: LinkKind;
  readonly link_key: string | null;
  readonly location: string | null;
  readonly captured_at: Date;
}

const at = (ms: number): string => new Date(ms).toISOString();

@Injectable()
export class ClickIdStore {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Claims the ids that nobody has. In their order, so that two instances with the same ids can't wait for each other.
   * @returns whose id was claimed before, with the claim that stands
   */
  async claim(claims: readonly ClaimedClick[], now: number): Promise<Map<string, ClaimedClick>> {
    const sorted = [...claims].sort((one, other) => (one.clickId < other.clickId ? -1 : 1));
    const added = await this.dataSource.query<{ click_id: string }[]>(
      `INSERT INTO claimed_click (click_id, chat_id, link_kind, link_key, location, captured_at, claimed_at)
       SELECT click_id, chat_id, link_kind, link_key, location, captured_at, $7
         FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
              AS claim (click_id, chat_id, link_kind, link_key, location, captured_at)
       ON CONFLICT (click_id) DO NOTHING
       RETURNING click_id`,
      [
        sorted.map(({ clickId }) => clickId),
        sorted.map(({ chatId }) => chatId),
        sorted.map(({ way }) => way.linkKind),
        sorted.map(({ way }) => way.linkKey ?? null),
        sorted.map(({ way }) => way.location ?? null),
        sorted.map(({ capturedAt }) => capturedAt),
        at(now),
      ],
    );
    const isNew = new Set(added.map(({ click_id }) => click_id));
    const known = sorted.filter(({ clickId }) => !isNew.has(clickId));
    if (known.length === 0) return new Map();
    // A statement of its own: the one above doesn't see what another instance has committed meanwhile.
    const rows = await this.dataSource.query<Row[]>(
      `SELECT click_id, chat_id::text, link_kind, link_key, location, captured_at
         FROM claimed_click WHERE click_id = ANY($1::uuid[])`,
      [known.map(({ clickId }) => clickId)],
    );
    return new Map(rows.map((row) => [row.click_id, claimOf(row)]));
  }

  /** In portions, so that no long transaction stands in anybody's way. @returns how many were removed */
  async removeBefore(claimedBefore: number): Promise<number> {
    const [, count] = await this.dataSource.query<[unknown[], number]>(
      `DELETE FROM claimed_click
        WHERE click_id IN (SELECT click_id FROM claimed_click WHERE claimed_at < $1 LIMIT 5000)`,
      [at(claimedBefore)],
    );
    return count;
  }
}

const claimOf = (row: Row): ClaimedClick => ({
  clickId: row.click_id,
  chatId: row.chat_id,
  capturedAt: row.captured_at.toISOString(),
  way: {
    linkKind: row.link_kind,
    linkKey: row.link_key ?? undefined,
    location: row.location ?? undefined,
  },
});
