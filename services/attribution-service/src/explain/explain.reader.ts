import type { JoinReceived, OrganicReason } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { AppliedRule } from '../attribute/attribution-rule';
import { clickOfRow, type ClickRow } from '../attribute/click.store';
import { looksAtBotStarts, memberOf, type WaitsFor } from '../attribute/decide-joins';
import type { DecidedBy } from '../attribute/join.store';
import { BotStartStore } from '../bot-start/bot-start.store';
import { explain, type Explanation, type StoredClick, type StoredJoin } from './explanation';

interface Row {
  readonly event: JoinReceived;
  readonly rule: AppliedRule;
  readonly bucket: number;
  readonly log_offset: string;
  readonly logged_at_ms: string;
  readonly state: StoredJoin['state'];
  readonly reason: OrganicReason | null;
  readonly click_id: string | null;
  readonly waits_for: WaitsFor | null;
  readonly decided_by: DecidedBy | null;
  readonly decided_at: Date | null;
}

@Injectable()
export class ExplainReader {
  constructor(
    private readonly database: DataSource,
    private readonly starts: BotStartStore,
  ) {}

  /** @returns undefined for a join that is not known, or not kept any more. */
  explain(joinId: string): Promise<Explanation | undefined> {
    // One snapshot: a decision in between would otherwise show half of itself.
    return this.database.transaction('REPEATABLE READ', async (tx) => {
      const [row]: Row[] = await tx.query(
        `SELECT event, rule, bucket, log_offset, logged_at_ms, state, reason, click_id, waits_for, decided_by, decided_at
           FROM "join" WHERE join_id = $1`,
        [joinId],
      );
      if (row === undefined) return undefined;
      const join = joinOfRow(row);
      const { event } = join;
      const member = { chatId: event.chatId, telegramUserId: event.person.telegramUserId };
      const starts = looksAtBotStarts(join)
        ? ((await this.starts.startsOfMembers(tx, [member])).get(memberOf(event)) ?? [])
        : [];
      const { key } = event.link ?? {};
      const keys = key === undefined ? starts.map(({ clickId }) => clickId) : [key];
      return explain(join, await clicksOf(tx, keys), starts);
    });
  }
}

async function clicksOf(tx: EntityManager, keys: readonly string[]): Promise<StoredClick[]> {
  if (keys.length === 0) return [];
  const rows: (ClickRow & { readonly bucket: number; readonly log_offset: string })[] = await tx.query(
    'SELECT * FROM click WHERE click_key = ANY ($1::text[]) ORDER BY captured_at_ms, click_key',
    [keys],
  );
  return rows.map((row) => ({ ...clickOfRow(row), bucket: row.bucket, offset: BigInt(row.log_offset) }));
}

const joinOfRow = (row: Row): StoredJoin => ({
  event: row.event,
  rule: row.rule,
  bucket: row.bucket,
  offset: BigInt(row.log_offset),
  loggedAtMs: Number(row.logged_at_ms),
  state: row.state,
  ...(row.reason === null ? {} : { reason: row.reason }),
  ...(row.click_id === null ? {} : { clickId: row.click_id }),
  ...(row.waits_for === null ? {} : { waitsFor: row.waits_for }),
  ...(row.decided_by === null ? {} : { decidedBy: row.decided_by }),
  ...(row.decided_at === null ? {} : { decidedAt: row.decided_at.toISOString() }),
});
