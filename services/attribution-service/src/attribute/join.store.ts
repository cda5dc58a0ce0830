import type { JoinReceived } from '@clickjoin/contracts';
import { bigintArray, jsonArray, textArray, uuidArray } from '@clickjoin/postgres';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { AppliedRule } from './attribution-rule';
import { DecidedMeanwhile } from './decided-meanwhile';
import {
  deadlineOf,
  waitsFor,
  type DecidedJoin,
  type Decision,
  type Join,
  type WaitsFor,
} from './decide-joins';

/** What was read last when the decision fell. */
export type DecidedBy = 'join' | 'click' | 'bot-start' | 'deadline';

export interface Member {
  readonly chatId: string;
  readonly telegramUserId: string;
}

/** What is known of a join that was reported before. */
export interface KnownJoin {
  readonly state: 'waiting' | 'attributed' | 'organic';
  readonly hasLinkKey: boolean;
  /** Unix ms; only while it waits. */
  readonly deadlineMs?: number;
}

/** Waiting joins that need the same to have been read before they may be closed. */
export interface WaitingGroup {
  readonly bucket: number;
  readonly waitsFor: WaitsFor;
  readonly joins: number;
  /** The earliest of the group, Unix ms. */
  readonly deadlineMs: number;
}

interface JoinRow {
  readonly event: JoinReceived;
  readonly rule: AppliedRule;
  readonly log_offset: string;
  readonly logged_at_ms: string;
  readonly traceparent: string | null;
}

const joinOf = (row: JoinRow): Join => ({
  event: row.event,
  rule: row.rule,
  offset: BigInt(row.log_offset),
  loggedAtMs: Number(row.logged_at_ms),
  traceparent: row.traceparent ?? undefined,
});

const JOIN_COLUMNS = 'event, rule, log_offset, logged_at_ms, traceparent';

/**
 * Joins, each once, all of them under their bucket's lock but for one case: a join that two bots report may stand in
 * two buckets. Its unique key then decides, and the loser decides again (`DecidedMeanwhile`).
 */
@Injectable()
export class JoinStore {
  async knownJoins(tx: EntityManager, joinIds: readonly string[]): Promise<Map<string, KnownJoin>> {
    const rows: {
      join_id: string;
      state: KnownJoin['state'];
      has_link_key: boolean;
      deadline_ms: string | null;
    }[] = await tx.query(
      `SELECT join_id, state, link_key IS NOT NULL AS has_link_key, deadline_ms
         FROM "join" WHERE join_id = ANY ($1::uuid[])`,
      [uuidArray(joinIds)],
    );
    return new Map(
      rows.map((row) => [
        row.join_id,
        {
          state: row.state,
          hasLinkKey: row.has_link_key,
          ...(row.deadline_ms === null ? {} : { deadlineMs: Number(row.deadline_ms) }),
        },
      ]),
    );
  }

  /** @throws DecidedMeanwhile when another bucket's transaction inserted one of them first. */
  async insertJoins(tx: EntityManager, bucket: number, decided: readonly DecidedJoin[]): Promise<void> {
    if (decided.length === 0) return;
    const rows = sortedRows(decided);
    const inserted: unknown[] = await tx.query(
      `INSERT INTO "join" (bucket, decided_by, decided_at, ${COLUMNS})
       SELECT $1, CASE WHEN j.state <> 'waiting' THEN 'join' END, CASE WHEN j.state <> 'waiting' THEN now() END,
              ${COLUMNS.replaceAll(/\w+/g, 'j.$&')}
         FROM ${unnested(2)}
       ON CONFLICT (join_id) DO NOTHING
       RETURNING 1`,
      [bucket, ...columns(rows)],
    );
    if (inserted.length !== rows.length)
      throw new DecidedMeanwhile('a join of this batch was inserted meanwhile');
  }

  /**
   * A report with a matchable link takes the place of one without, as long as the join waits.
   * @throws DecidedMeanwhile when one of them waits no longer.
   */
  async replaceReports(tx: EntityManager, bucket: number, decided: readonly DecidedJoin[]): Promise<void> {
    if (decided.length === 0) return;
    const rows = sortedRows(decided);
    const [, updated]: [unknown, number] = await tx.query(
      `UPDATE "join" AS known
          SET bucket = $1, decided_by = CASE WHEN j.state <> 'waiting' THEN 'join' END,
              decided_at = CASE WHEN j.state <> 'waiting' THEN now() END,
              link_key = j.link_key, state = j.state, reason = j.reason, waits_for = j.waits_for,
              click_id = j.click_id, log_offset = j.log_offset, logged_at_ms = j.logged_at_ms,
              deadline_ms = j.deadline_ms, traceparent = j.traceparent, rule = j.rule, event = j.event
         FROM ${unnested(2)}
        WHERE known.join_id = j.join_id AND known.state = 'waiting' AND known.link_key IS NULL`,
      [bucket, ...columns(rows)],
    );
    if (updated !== rows.length) throw new DecidedMeanwhile('a join of this batch was decided meanwhile');
  }

  /**
   * Ends the wait of those that are decided.
   * @throws DecidedMeanwhile when one of them waits no longer, or another bucket's report has taken its place: what
   *   was decided on here would then be a report that no longer counts
   */
  async decideWaiting(
    tx: EntityManager,
    bucket: number,
    decided: readonly DecidedJoin[],
    by: DecidedBy,
  ): Promise<void> {
    if (decided.length === 0) return;
    const rows = sortedById(decided);
    const [, updated]: [unknown, number] = await tx.query(
      `UPDATE "join" AS known
          SET state = j.state, reason = j.reason, click_id = j.click_id, deadline_ms = NULL, waits_for = NULL,
              decided_by = $6, decided_at = now()
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[]) AS j (join_id, state, reason, click_id)
        WHERE known.join_id = j.join_id AND known.state = 'waiting' AND known.bucket = $5`,
      [
        uuidArray(rows.map(({ join }) => join.event.joinId)),
        textArray(rows.map(({ decision }) => decision.kind)),
        textArray(rows.map(({ decision }) => reasonOf(decision))),
        uuidArray(rows.map(({ decision }) => clickIdOf(decision))),
        bucket,
        by,
      ],
    );
    if (updated !== rows.length) throw new DecidedMeanwhile('a waiting join was decided meanwhile');
  }

  /** The joins by these links that lack a click: those that wait for it, and those that were closed for want of it. */
  async joinsWithoutClick(
    tx: EntityManager,
    linkKeys: readonly string[],
  ): Promise<{ waiting: Join[]; closed: JoinReceived[] }> {
    if (linkKeys.length === 0) return { waiting: [], closed: [] };
    const rows: (JoinRow & { readonly is_waiting: boolean })[] = await tx.query(
      `SELECT ${JOIN_COLUMNS}, state = 'waiting' AS is_waiting
         FROM "join" WHERE link_key = ANY ($1::text[]) AND (state = 'waiting' OR reason = 'no-click')
        ORDER BY log_offset`,
      [textArray(linkKeys)],
    );
    return {
      waiting: rows.filter((row) => row.is_waiting).map(joinOf),
      closed: rows.filter((row) => !row.is_waiting).map((row) => row.event),
    };
  }

  /** The members' joins that wait for a bot start, in the order of the log: all of them stand in the member's bucket. */
  async waitingOfMembers(tx: EntityManager, bucket: number, members: readonly Member[]): Promise<Join[]> {
    if (members.length === 0) return [];
    const rows: JoinRow[] = await tx.query(
      `SELECT ${JOIN_COLUMNS}
         FROM "join"
         JOIN (SELECT DISTINCT * FROM unnest($2::bigint[], $3::bigint[]) AS m (chat_id, telegram_user_id)) AS member
           USING (chat_id, telegram_user_id)
        WHERE bucket = $1 AND state = 'waiting' AND waits_for IN ('bot-start', 'report-or-bot-start')
        ORDER BY log_offset`,
      [bucket, members.map(({ chatId }) => chatId), members.map(({ telegramUserId }) => telegramUserId)],
    );
    return rows.map(joinOf);
  }

  /** What waits, by bucket and what for, each group with its earliest deadline. */
  async waitingGroups(tx: EntityManager): Promise<WaitingGroup[]> {
    const rows: { bucket: number; waits_for: WaitsFor; deadline_ms: string; joins: number }[] =
      await tx.query(
        `SELECT bucket, waits_for, min(deadline_ms) AS deadline_ms, count(*)::int AS joins
           FROM "join" WHERE state = 'waiting' GROUP BY 1, 2 ORDER BY 1, 2`,
      );
    return rows.map((row) => ({
      bucket: row.bucket,
      waitsFor: row.waits_for,
      joins: row.joins,
      deadlineMs: Number(row.deadline_ms),
    }));
  }

  /**
   * Joins whose time is over, the earliest deadline first. Left out are those behind an earlier join of the same
   * member that may still wait: a channel's grace may have been shortened between the two, and they would overtake.
   */
  async dueJoins(
    tx: EntityManager,
    { bucket, waitsFor: what }: Pick<WaitingGroup, 'bucket' | 'waitsFor'>,
    dueAtMs: number,
    limit: number,
  ): Promise<Join[]> {
    const rows: JoinRow[] = await tx.query(
      `SELECT ${JOIN_COLUMNS}
         FROM "join" AS due
        WHERE state = 'waiting' AND bucket = $1 AND deadline_ms <= $2 AND waits_for = $4
          AND (waits_for IN ('click', 'report') OR NOT EXISTS (
            SELECT 1 FROM "join" AS earlier
             WHERE earlier.state = 'waiting' AND earlier.bucket = $1 AND earlier.deadline_ms > $2
               AND earlier.waits_for IN ('bot-start', 'report-or-bot-start')
               AND earlier.chat_id = due.chat_id AND earlier.telegram_user_id = due.telegram_user_id
               AND earlier.log_offset < due.log_offset))
        ORDER BY deadline_ms, join_id LIMIT $3`,
      [bucket, dueAtMs, limit, what],
    );
    return rows.map(joinOf);
  }
}

interface RowValues {
  readonly joinId: string;
  readonly linkKey: string | null;
  readonly chatId: string;
  readonly telegramUserId: string;
  readonly joinedAtMs: number;
  readonly state: DecidedJoin['decision']['kind'];
  readonly reason: string | null;
  readonly waitsFor: WaitsFor | null;
  readonly clickId: string | null;
  readonly offset: bigint;
  readonly loggedAtMs: number;
  readonly deadlineMs: number | null;
  readonly traceparent: string | null;
  readonly rule: string;
  readonly event: string;
}

const COLUMNS =
  'join_id, link_key, chat_id, telegram_user_id, joined_at_ms, state, reason, waits_for, click_id, log_offset, logged_at_ms, deadline_ms, traceparent, rule, event';
const TYPES = 'uuid text bigint bigint bigint text text text uuid bigint bigint bigint text json json'.split(
  ' ',
);

/** @param first number of the first placeholder. */
const unnested = (first: number): string =>
  `unnest(${TYPES.map((type, index) => `$${first + index}::${type}[]`).join(', ')}) AS j (${COLUMNS})`;

/** Transactions that meet the same joins lock them in the same order, so they can't deadlock. */
const sortedById = (decided: readonly DecidedJoin[]): DecidedJoin[] =>
  decided.toSorted((a, b) => (a.join.event.joinId < b.join.event.joinId ? -1 : 1));

const reasonOf = (decision: Decision): string | null =>
  decision.kind === 'organic' ? decision.reason : null;
const clickIdOf = (decision: Decision): string | null =>
  decision.kind === 'waiting' ? null : (decision.click?.clickId ?? null);

const sortedRows = (decided: readonly DecidedJoin[]): RowValues[] =>
  sortedById(decided).map(({ join, decision }): RowValues => {
    const isWaiting = decision.kind === 'waiting';
    return {
      joinId: join.event.joinId,
      linkKey: join.event.link?.key ?? null,
      chatId: join.event.chatId,
      telegramUserId: join.event.person.telegramUserId,
      joinedAtMs: Date.parse(join.event.joinedAt),
      state: decision.kind,
      reason: reasonOf(decision),
      waitsFor: isWaiting ? waitsFor(join) : null,
      clickId: clickIdOf(decision),
      offset: join.offset,
      loggedAtMs: join.loggedAtMs,
      deadlineMs: isWaiting ? deadlineOf(join) : null,
      traceparent: join.traceparent ?? null,
      rule: JSON.stringify(join.rule),
      event: JSON.stringify(join.event),
    };
  });

const columns = (rows: readonly RowValues[]): Buffer[] => [
  uuidArray(rows.map((row) => row.joinId)),
  textArray(rows.map((row) => row.linkKey)),
  bigintArray(rows.map((row) => row.chatId)),
  bigintArray(rows.map((row) => row.telegramUserId)),
  bigintArray(rows.map((row) => row.joinedAtMs)),
  textArray(rows.map((row) => row.state)),
  textArray(rows.map((row) => row.reason)),
  textArray(rows.map((row) => row.waitsFor)),
  uuidArray(rows.map((row) => row.clickId)),
  bigintArray(rows.map((row) => row.offset)),
  bigintArray(rows.map((row) => row.loggedAtMs)),
  bigintArray(rows.map((row) => row.deadlineMs)),
  textArray(rows.map((row) => row.traceparent)),
  jsonArray(rows.map((row) => row.rule)),
  jsonArray(rows.map((row) => row.event)),
];
