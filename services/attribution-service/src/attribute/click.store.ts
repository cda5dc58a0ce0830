import { bigintArray, jsonArray, textArray, uuidArray } from '@clickjoin/postgres';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DecidedMeanwhile } from './decided-meanwhile';
import type { Click, DecidedJoin } from './decide-joins';

export interface NewClick extends Click {
  readonly offset: bigint;
}

export interface ClickRow {
  readonly click_key: string;
  readonly click_id: string;
  readonly site_id: string;
  readonly chat_id: string;
  readonly link_kind: Click['linkKind'];
  readonly captured_at: string;
  readonly logged_at_ms: string;
  readonly facts: NonNullable<Click['facts']> | null;
  readonly converted_by_join: string | null;
  readonly converted_by_user: string | null;
}

export const clickOfRow = (row: ClickRow): Click => ({
  clickKey: row.click_key,
  clickId: row.click_id,
  siteId: row.site_id,
  chatId: row.chat_id,
  linkKind: row.link_kind,
  capturedAt: row.captured_at,
  loggedAtMs: Number(row.logged_at_ms),
  ...(row.facts === null ? {} : { facts: row.facts }),
  ...(row.converted_by_join === null
    ? {}
    : {
        convertedBy: {
          joinId: row.converted_by_join,
          ...(row.converted_by_user === null ? {} : { telegramUserId: row.converted_by_user }),
        },
      }),
});

/**
 * Clicks, each once. Those with a link are read and written under their bucket's lock, those of bot starts under
 * the lock of their id (`lockClicks`).
 *
 * Facts are `json`, not `jsonb`: written once, read once, never searched, and so cheaper. Arrays through `unnest`: one
 * statement a batch, 20 times faster than one a row.
 */
@Injectable()
export class ClickStore {
  /** @returns the keys that were new; of a key that is known, the first click in the log stays. */
  async insertClicks(tx: EntityManager, bucket: number, clicks: readonly NewClick[]): Promise<Set<string>> {
    if (clicks.length === 0) return new Set();
    const sorted = clicks.toSorted((a, b) => (a.clickKey < b.clickKey ? -1 : 1));
    const rows: { click_key: string }[] = await tx.query(
      `INSERT INTO click (click_key, bucket, click_id, site_id, chat_id, link_kind, captured_at, captured_at_ms, log_offset, logged_at_ms, facts)
       SELECT click_key, $1, click_id, site_id, chat_id, link_kind, captured_at, captured_at_ms, log_offset, logged_at_ms, facts
         FROM unnest($2::text[], $3::uuid[], $4::uuid[], $5::bigint[], $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[], $11::json[])
              AS c (click_key, click_id, site_id, chat_id, link_kind, captured_at, captured_at_ms, log_offset, logged_at_ms, facts)
       ON CONFLICT (click_key) DO NOTHING
       RETURNING click_key`,
      [
        bucket,
        textArray(sorted.map((click) => click.clickKey)),
        uuidArray(sorted.map((click) => click.clickId)),
        uuidArray(sorted.map((click) => click.siteId)),
        bigintArray(sorted.map((click) => click.chatId)),
        textArray(sorted.map((click) => click.linkKind)),
        textArray(sorted.map((click) => click.capturedAt)),
        bigintArray(sorted.map((click) => Date.parse(click.capturedAt))),
        bigintArray(sorted.map((click) => click.offset)),
        bigintArray(sorted.map((click) => click.loggedAtMs)),
        jsonArray(sorted.map((click) => (click.facts === undefined ? null : JSON.stringify(click.facts)))),
      ],
    );
    return new Set(rows.map((row) => row.click_key));
  }

  async clicksByKey(tx: EntityManager, clickKeys: readonly string[]): Promise<Map<string, Click>> {
    if (clickKeys.length === 0) return new Map();
    const rows: ClickRow[] = await tx.query(
      `SELECT click_key, click_id, site_id, chat_id, link_kind, captured_at, logged_at_ms, facts,
              converted_by_join, converted_by_user
         FROM click WHERE click_key = ANY ($1::text[])`,
      [textArray(clickKeys)],
    );
    return new Map(rows.map((row) => [row.click_key, clickOfRow(row)]));
  }

  /**
   * One click, one conversion: the click remembers which join it was credited to. Its facts go in the same stroke:
   * they are in the conversion now, and raw addresses are kept nowhere longer than needed.
   * @throws DecidedMeanwhile when another transaction credited one of them first
   */
  async creditClicks(tx: EntityManager, decided: readonly DecidedJoin[]): Promise<void> {
    const credits = decided.flatMap(({ join, decision }) =>
      decision.kind === 'attributed' ? [{ join: join.event, clickKey: decision.click.clickKey }] : [],
    );
    if (credits.length === 0) return;
    const [, updated]: [unknown, number] = await tx.query(
      `UPDATE click
          SET converted_by_join = c.join_id, converted_by_user = c.user_id, facts = NULL
         FROM unnest($1::text[], $2::uuid[], $3::bigint[]) AS c (click_key, join_id, user_id)
        WHERE click.click_key = c.click_key AND click.converted_by_join IS NULL`,
      [
        textArray(credits.map((credit) => credit.clickKey)),
        uuidArray(credits.map((credit) => credit.join.joinId)),
        bigintArray(credits.map((credit) => credit.join.person.telegramUserId)),
      ],
    );
    if (updated !== credits.length)
      throw new DecidedMeanwhile('a click of this batch was credited meanwhile');
  }
}
