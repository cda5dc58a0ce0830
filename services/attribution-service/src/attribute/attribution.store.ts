import type { JoinReceived } from '@clickjoin/contracts';
import { Retriable } from '@clickjoin/kafka';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Click, DecidedJoin, Join } from './decide-joins';

/** A decision met a row that another transaction wrote meanwhile: decide again on what is there now. */
export class DecidedMeanwhile extends Retriable {}

export interface NewClick extends Click {
  readonly offset: bigint;
}

interface ClickRow {
  readonly link_key: string;
  readonly click_id: string;
  readonly site_id: string;
  readonly link_kind: Click['linkKind'];
  readonly captured_at: string;
  readonly facts: Click['facts'];
  readonly converted_by_join: string | null;
  readonly converted_by_user: string | null;
}

interface JoinRow {
  readonly event: JoinReceived;
  readonly log_offset: string;
  readonly logged_at_ms: string;
  readonly traceparent: string | null;
}

/** What is known of a join that was reported before. */
export interface KnownJoin {
  readonly state: 'waiting' | 'attributed' | 'organic';
  readonly hasLinkKey: boolean;
}

const joinOf = (row: JoinRow): Join => ({
  event: row.event,
  offset: BigInt(row.log_offset),
  loggedAtMs: Number(row.logged_at_ms),
  traceparent: row.traceparent ?? undefined,
});

/**
 * The state of attribution, all of it under a bucket's lock but for one case: a join that two bots report may
 * stand in two buckets. Its unique key then decides, and the loser decides again (`DecidedMeanwhile`).
 *
 * Facts are `json`, not `jsonb`: written once, read once, never searched, and so cheaper. Arrays through `unnest`: one
 * statement a batch, 20 times faster than one a row.
 */
@Injectable()
export class AttributionStore {
  /** @returns the link keys that were new; of a link that is known, the first click in the log stays. */
  async insertClicks(tx: EntityManager, bucket: number, clicks: readonly NewClick[]): Promise<Set<string>> {
    const sorted = clicks.toSorted((a, b) => (a.linkKey < b.linkKey ? -1 : 1));
    const rows: { link_key: string }[] = await tx.query(
      `INSERT INTO click (link_key, bucket, click_id, site_id, link_kind, captured_at, facts)
       SELECT link_key, $1, click_id, site_id, link_kind, captured_at, facts
         FROM unnest($2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::json[])
              AS c (link_key, click_id, site_id, link_kind, captured_at, facts)
       ON CONFLICT (link_key) DO NOTHING
       RETURNING link_key`,
      [
        bucket,
        sorted.map((click) => click.linkKey),
        sorted.map((click) => click.clickId),
        sorted.map((click) => click.siteId),
        sorted.map((click) => click.linkKind),
        sorted.map((click) => click.capturedAt),
        sorted.map((click) => JSON.stringify(click.facts)),
      ],
    );
    return new Set(rows.map((row) => row.link_key));
  }

  async clicksByLinkKey(tx: EntityManager, linkKeys: readonly string[]): Promise<Map<string, Click>> {
    if (linkKeys.length === 0) return new Map();
    const rows: ClickRow[] = await tx.query(
      `SELECT link_key, click_id, site_id, link_kind, captured_at, facts, converted_by_join, converted_by_user
         FROM click WHERE link_key = ANY ($1::text[])`,
      [linkKeys],
    );
    return new Map(
      rows.map((row) => [
        row.link_key,
        {
          linkKey: row.link_key,
          clickId: row.click_id,
          siteId: row.site_id,
          linkKind: row.link_kind,
          capturedAt: row.captured_at,
          facts: row.facts,
          ...(row.converted_by_join !== null && row.converted_by_user !== null
            ? { convertedBy: { joinId: row.converted_by_join, telegramUserId: row.converted_by_user } }
            : {}),
        },
      ]),
    );
  }

  /** The joins by these links that lack a click: those that wait for it, and how many were closed for want of it. */
  async joinsWithoutClick(
    tx: EntityManager,
    linkKeys: readonly string[],
  ): Promise<{ waiting: Join[]; closed: number }> {
    if (linkKeys.length === 0) return { waiting: [], closed: 0 };
    const rows: (JoinRow & { readonly is_waiting: boolean })[] = await tx.query(
      `SELECT event, log_offset, logged_at_ms, traceparent, state = 'waiting' AS is_waiting
         FROM "join" WHERE link_key = ANY ($1::text[]) AND (state = 'waiting' OR reason = 'no-click')
        ORDER BY log_offset`,
      [linkKeys],
    );
    const waiting = rows.filter((row) => row.is_waiting).map(joinOf);
    return { waiting, closed: rows.length - waiting.length };
  }

  async knownJoins(tx: EntityManager, joinIds: readonly string[]): Promise<Map<string, KnownJoin>> {
    const rows: { join_id: string; state: KnownJoin['state']; has_link_key: boolean }[] = await tx.query(
      `SELECT join_id, state, link_key IS NOT NULL AS has_link_key
         FROM "join" WHERE join_id = ANY ($1::uuid[])`,
      [joinIds],
    );
    return new Map(rows.map((row) => [row.join_id, { state: row.state, hasLinkKey: row.has_link_key }]));
  }

  /**
   * @param graceMs how long a waiting join waits, from when it was logged.
   * @throws DecidedMeanwhile when another bucket's transaction inserted one of them first.
   */
  async insertJoins(
    tx: EntityManager,
    bucket: number,
    decided: readonly DecidedJoin[],
    graceMs: number,
  ): Promise<void> {
    if (decided.length === 0) return;
    const rows = sortedRows(decided, graceMs);
    const inserted: unknown[] = await tx.query(
      `INSERT INTO "join" (join_id, bucket, link_key, state, reason, click_id, log_offset, logged_at_ms, deadline_ms, traceparent, event)
       SELECT j.join_id, $1, j.link_key, j.state, j.reason, j.click_id, j.log_offset, j.logged_at_ms, j.deadline_ms, j.traceparent, j.event
         FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::bigint[], $8::bigint[], $9::bigint[], $10::text[], $11::json[])
              AS j (join_id, link_key, state, reason, click_id, log_offset, logged_at_ms, deadline_ms, traceparent, event)
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
  async replaceReports(
    tx: EntityManager,
    bucket: number,
    decided: readonly DecidedJoin[],
    graceMs: number,
  ): Promise<void> {
    if (decided.length === 0) return;
    const rows = sortedRows(decided, graceMs);
    const [, updated]: [unknown, number] = await tx.query(
      `UPDATE "join" AS known
          SET bucket = $1, link_key = j.link_key, state = j.state, reason = j.reason, click_id = j.click_id,
              log_offset = j.log_offset, logged_at_ms = j.logged_at_ms, deadline_ms = j.deadline_ms,
              traceparent = j.traceparent, event = j.event
         FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::bigint[], $8::bigint[], $9::bigint[], $10::text[], $11::json[])
              AS j (join_id, link_key, state, reason, click_id, log_offset, logged_at_ms, deadline_ms, traceparent, event)
        WHERE known.join_id = j.join_id AND known.state = 'waiting' AND known.link_key IS NULL`,
      [bucket, ...columns(rows)],
    );
    if (updated !== rows.length) throw new DecidedMeanwhile('a join of this batch was decided meanwhile');
  }

  /** @throws DecidedMeanwhile when one of them waits no longer. */
  async decideWaiting(tx: EntityManager, decided: readonly DecidedJoin[]): Promise<void> {
    if (decided.length === 0) return;
    const rows = sortedRows(decided, 0);
    const [, updated]: [unknown, number] = await tx.query(
      `UPDATE "join" AS known
          SET state = j.state, reason = j.reason, click_id = j.click_id, deadline_ms = NULL
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[]) AS j (join_id, state, reason, click_id)
        WHERE known.join_id = j.join_id AND known.state = 'waiting'`,
      [
        rows.map((row) => row.joinId),
        rows.map((row) => row.state),
        rows.map((row) => row.reason),
        rows.map((row) => row.clickId),
      ],
    );
    if (updated !== rows.length) throw new DecidedMeanwhile('a waiting join was decided meanwhile');
  }

  /** One link, one conversion: the click remembers which join it was credited to. */
  async creditClicks(tx: EntityManager, decided: readonly DecidedJoin[]): Promise<void> {
    const credits = decided.flatMap(({ join, decision }) =>
      decision.kind === 'attributed'
        ? [
            {
              linkKey: decision.click.linkKey,
              joinId: join.event.joinId,
              userId: join.event.person.telegramUserId,
            },
          ]
        : [],
    );
    if (credits.length === 0) return;
    const [, updated]: [unknown, number] = await tx.query(
      `UPDATE click
          SET converted_by_join = c.join_id, converted_by_user = c.user_id
         FROM unnest($1::text[], $2::uuid[], $3::text[]) AS c (link_key, join_id, user_id)
        WHERE click.link_key = c.link_key AND click.converted_by_join IS NULL`,
      [
        credits.map((credit) => credit.linkKey),
        credits.map((credit) => credit.joinId),
        credits.map((credit) => credit.userId),
      ],
    );
    if (updated !== credits.length)
      throw new DecidedMeanwhile('a click of this batch was credited meanwhile');
  }

  /** The buckets that have waiting joins, with and without a link key, each with its earliest deadline. */
  async waitingGroups(tx: EntityManager): Promise<WaitingGroup[]> {
    const rows: { bucket: number; has_link_key: boolean; deadline_ms: string; joins: number }[] =
      await tx.query(
        `SELECT bucket, link_key IS NOT NULL AS has_link_key, min(deadline_ms) AS deadline_ms, count(*)::int AS joins
           FROM "join" WHERE state = 'waiting' GROUP BY 1, 2 ORDER BY 1, 2`,
      );
    return rows.map((row) => ({
      bucket: row.bucket,
      hasLinkKey: row.has_link_key,
      joins: row.joins,
      deadlineMs: Number(row.deadline_ms),
    }));
  }

  async dueJoins(
    tx: EntityManager,
    { bucket, hasLinkKey }: Pick<WaitingGroup, 'bucket' | 'hasLinkKey'>,
    dueAtMs: number,
    limit: number,
  ): Promise<Join[]> {
    const rows: JoinRow[] = await tx.query(
      `SELECT event, log_offset, logged_at_ms, traceparent
         FROM "join"
        WHERE state = 'waiting' AND bucket = $1 AND deadline_ms <= $2 AND (link_key IS NOT NULL) = $4
        ORDER BY deadline_ms, join_id LIMIT $3`,
      [bucket, dueAtMs, limit, hasLinkKey],
    );
    return rows.map(joinOf);
  }
}

export interface WaitingGroup {
  readonly bucket: number;
  readonly hasLinkKey: boolean;
  readonly joins: number;
  /** The earliest of the group, Unix ms. */
  readonly deadlineMs: number;
}

interface RowValues {
  readonly joinId: string;
  readonly linkKey: string | null;
  readonly state: DecidedJoin['decision']['kind'];
  readonly reason: string | null;
  readonly clickId: string | null;
  readonly offset: string;
  readonly loggedAtMs: number;
  readonly deadlineMs: number | null;
  readonly traceparent: string | null;
  readonly event: string;
}

/** Sorted by id: transactions that meet the same joins lock them in the same order, so they can't deadlock. */
const sortedRows = (decided: readonly DecidedJoin[], graceMs: number): RowValues[] =>
  decided
    .map(({ join, decision }): RowValues => ({
      joinId: join.event.joinId,
      linkKey: join.event.link?.key ?? null,
      state: decision.kind,
      reason: decision.kind === 'organic' ? decision.reason : null,
      clickId: decision.kind === 'waiting' ? null : (decision.click?.clickId ?? null),
      offset: join.offset.toString(),
      loggedAtMs: join.loggedAtMs,
      deadlineMs: decision.kind === 'waiting' ? join.loggedAtMs + graceMs : null,
      traceparent: join.traceparent ?? null,
      event: JSON.stringify(join.event),
    }))
    .sort((a, b) => (a.joinId < b.joinId ? -1 : 1));

const columns = (rows: readonly RowValues[]): unknown[] => [
  rows.map((row) => row.joinId),
  rows.map((row) => row.linkKey),
  rows.map((row) => row.state),
  rows.map((row) => row.reason),
  rows.map((row) => row.clickId),
  rows.map((row) => row.offset),
  rows.map((row) => row.loggedAtMs),
  rows.map((row) => row.deadlineMs),
  rows.map((row) => row.traceparent),
  rows.map((row) => row.event),
];
