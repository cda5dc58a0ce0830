import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { memberOf, type BotStart } from '../attribute/decide-joins';
import type { Member } from '../attribute/join.store';

export interface NewBotStart extends BotStart, Member {}

/** Starts of the bot, under the lock of the member's bucket. */
@Injectable()
export class BotStartStore {
  /** @returns those that were new. */
  async insert(tx: EntityManager, bucket: number, starts: readonly NewBotStart[]): Promise<NewBotStart[]> {
    if (starts.length === 0) return [];
    const rows: { log_offset: string }[] = await tx.query(
      `INSERT INTO bot_start (bucket, chat_id, telegram_user_id, click_id, started_at, started_at_ms, log_offset, logged_at_ms)
       SELECT $1, chat_id, telegram_user_id, click_id, started_at, started_at_ms, log_offset, logged_at_ms
         FROM unnest($2::bigint[], $3::bigint[], $4::uuid[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[])
              AS s (chat_id, telegram_user_id, click_id, started_at, started_at_ms, log_offset, logged_at_ms)
        ORDER BY log_offset
       ON CONFLICT DO NOTHING
       RETURNING log_offset`,
      [
        bucket,
        starts.map((start) => start.chatId),
        starts.map((start) => start.telegramUserId),
        starts.map((start) => start.clickId),
        starts.map((start) => start.startedAt),
        starts.map((start) => Date.parse(start.startedAt)),
        starts.map((start) => start.offset.toString()),
        starts.map((start) => start.loggedAtMs),
      ],
    );
    const inserted = new Set(rows.map((row) => row.log_offset));
    return starts.filter((start) => inserted.has(start.offset.toString()));
  }

  /** By member (`memberOf`), each member's in the order of the log. */
  async startsOfMembers(tx: EntityManager, members: readonly Member[]): Promise<Map<string, BotStart[]>> {
    const byMember = new Map<string, BotStart[]>();
    if (members.length === 0) return byMember;
    const rows: {
      chat_id: string;
      telegram_user_id: string;
      click_id: string;
      started_at: string;
      log_offset: string;
      logged_at_ms: string;
    }[] = await tx.query(
      `SELECT chat_id, telegram_user_id, click_id, started_at, log_offset, logged_at_ms
         FROM bot_start
         JOIN (SELECT DISTINCT * FROM unnest($1::bigint[], $2::bigint[]) AS m (chat_id, telegram_user_id)) AS member
           USING (chat_id, telegram_user_id)
        ORDER BY log_offset`,
      [members.map(({ chatId }) => chatId), members.map(({ telegramUserId }) => telegramUserId)],
    );
    for (const row of rows) {
      const member = memberOf({ chatId: row.chat_id, person: { telegramUserId: row.telegram_user_id } });
      const starts = byMember.get(member) ?? [];
      starts.push({
        clickId: row.click_id,
        startedAt: row.started_at,
        offset: BigInt(row.log_offset),
        loggedAtMs: Number(row.logged_at_ms),
      });
      byMember.set(member, starts);
    }
    return byMember;
  }

  /**
   * Leaves a note for the buckets of members who started the bot with these clicks and have a join that waits.
   * Under the clicks' locks, not under those buckets': whoever decides there has either seen the click, or is seen here.
   */
  async noteMembersOf(tx: EntityManager, clickIds: readonly string[]): Promise<void> {
    if (clickIds.length === 0) return;
    await tx.query(
      `INSERT INTO member_note (bucket, chat_id, telegram_user_id)
       SELECT DISTINCT start.bucket, start.chat_id, start.telegram_user_id
         FROM bot_start AS start
         JOIN "join" AS waiting USING (chat_id, telegram_user_id)
        WHERE start.click_id = ANY ($1::uuid[]) AND waiting.state = 'waiting'`,
      [clickIds],
    );
  }

  async notedBuckets(tx: EntityManager): Promise<number[]> {
    const rows: { bucket: number }[] = await tx.query(
      'SELECT DISTINCT bucket FROM member_note ORDER BY bucket',
    );
    return rows.map(({ bucket }) => bucket);
  }

  async takeNotes(tx: EntityManager, bucket: number): Promise<Member[]> {
    const [rows]: [{ chat_id: string; telegram_user_id: string }[], number] = await tx.query(
      'DELETE FROM member_note WHERE bucket = $1 RETURNING chat_id, telegram_user_id',
      [bucket],
    );
    return rows.map((row) => ({ chatId: row.chat_id, telegramUserId: row.telegram_user_id }));
  }

  /** Joins that were closed for want of these clicks, with the click each of them lacked. */
  async closedWithout(
    tx: EntityManager,
    clickIds: readonly string[],
  ): Promise<{ joinId: string; chatId: string; clickId: string }[]> {
    if (clickIds.length === 0) return [];
    const rows: { join_id: string; chat_id: string; click_id: string }[] = await tx.query(
      `SELECT DISTINCT ON (j.join_id) j.join_id, j.chat_id, start.click_id
         FROM bot_start AS start
         JOIN "join" AS j USING (chat_id, telegram_user_id)
        WHERE start.click_id = ANY ($1::uuid[]) AND j.link_key IS NULL AND j.reason = 'no-click'`,
      [clickIds],
    );
    return rows.map((row) => ({ joinId: row.join_id, chatId: row.chat_id, clickId: row.click_id }));
  }

  /** Joins of these members that had waited for a start of the bot in vain, and were closed before these came. */
  async closedBefore(
    tx: EntityManager,
    starts: readonly NewBotStart[],
  ): Promise<{ joinId: string; chatId: string; clickId: string }[]> {
    if (starts.length === 0) return [];
    const rows: { join_id: string; chat_id: string; click_id: string }[] = await tx.query(
      `SELECT DISTINCT ON (j.join_id) j.join_id, j.chat_id, start.click_id
         FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::bigint[], $5::bigint[])
              AS start (chat_id, telegram_user_id, click_id, started_at_ms, logged_at_ms)
         JOIN "join" AS j USING (chat_id, telegram_user_id)
        WHERE j.link_key IS NULL AND j.decided_by = 'deadline' AND j.state = 'organic'
          AND start.started_at_ms <= j.joined_at_ms + (j.rule->>'toleranceMs')::bigint
          AND start.logged_at_ms > j.logged_at_ms + (j.rule->>'graceMs')::bigint`,
      [
        starts.map((start) => start.chatId),
        starts.map((start) => start.telegramUserId),
        starts.map((start) => start.clickId),
        starts.map((start) => Date.parse(start.startedAt)),
        starts.map((start) => start.loggedAtMs),
      ],
    );
    return rows.map((row) => ({ joinId: row.join_id, chatId: row.chat_id, clickId: row.click_id }));
  }
}
