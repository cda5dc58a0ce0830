import type {
  AttributionMethod,
  DeliveryState,
  JoinRoute,
  LeaveKind,
  MatchLevel,
  MatchSignal,
  OrganicReason,
} from '@clickjoin/contracts';
import { UUID } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Conditions } from '../api/conditions';
import type { Page, Position } from '../api/cursor';
import { KeysetReader, type Branch, type KeysetTable } from '../api/keyset';
import type { JoinOutcome, JoinsFilter, JoinsQuery, JoinView } from './join.dto';
import { ORGANIC_REASONS_IN_WORDS } from './organic-reasons';

interface JoinRow extends Position {
  readonly outcome: JoinOutcome;
  readonly chat_id: string;
  readonly title: string | null;
  readonly site_id: string | null;
  readonly telegram_user_id: string | null;
  readonly route: JoinRoute | null;
  readonly has_link: boolean | null;
  readonly link_is_matchable: boolean | null;
  readonly is_rejoin: boolean;
  readonly left_at: Date | null;
  readonly left_kind: LeaveKind | null;
  readonly conversion_id: string | null;
  readonly click_id: string | null;
  readonly method: AttributionMethod | null;
  readonly clicked_at: Date | null;
  readonly click_age_ms: string | null;
  readonly has_ttclid: boolean | null;
  readonly has_ip: boolean | null;
  readonly has_user_agent: boolean | null;
  readonly match_level: MatchLevel | null;
  readonly match_signals: MatchSignal[] | null;
  readonly organic_reason: OrganicReason | null;
  readonly considered_click_id: string | null;
  readonly deliveries: readonly { delivery_id: string; pixel_id: string; state: DeliveryState }[] | null;
}

/**
 * An organic join belongs to no click, and so to the site that its channel is set up for now. The person left when
 * the first leaving after the join came before the next join.
 */
const JOINS: KeysetTable = {
  table: '"join"',
  at: 'joined_at',
  id: 'join_id',
  columns: `
    t.join_id AS id, t.joined_at AS at, t.outcome, t.chat_id, c.title, coalesce(t.site_id, c.site_id) AS site_id,
    t.telegram_user_id, t.route, t.has_link, t.link_is_matchable,
    coalesce(t.is_rejoin, false) OR t.organic_reason IS NOT DISTINCT FROM 'rejoin' OR earlier.found IS NOT NULL
      AS is_rejoin,
    went.left_at, went.kind AS left_kind, t.conversion_id, t.click_id, t.method, t.clicked_at, t.click_age_ms,
    t.has_ttclid, t.has_ip, t.has_user_agent, t.match_level, t.match_signals, t.organic_reason,
    t.considered_click_id, sent.deliveries`,
  joins: `
    LEFT JOIN channel c ON c.chat_id = t.chat_id
    LEFT JOIN LATERAL (
      SELECT 1 AS found FROM "join" e
       WHERE e.telegram_user_id = t.telegram_user_id AND e.chat_id = t.chat_id AND e.joined_at < t.joined_at
       LIMIT 1) AS earlier ON true
    LEFT JOIN LATERAL (
      SELECT l.left_at, l.kind FROM member_left l
       WHERE l.telegram_user_id = t.telegram_user_id AND l.chat_id = t.chat_id AND l.left_at > t.joined_at
         AND NOT EXISTS (
           SELECT 1 FROM "join" n
            WHERE n.telegram_user_id = t.telegram_user_id AND n.chat_id = t.chat_id
              AND n.joined_at > t.joined_at AND n.joined_at < l.left_at)
       ORDER BY l.left_at LIMIT 1) AS went ON true
    LEFT JOIN LATERAL (
      SELECT json_agg(json_build_object('delivery_id', d.delivery_id, 'pixel_id', d.pixel_id, 'state', d.state)
                      ORDER BY d.delivery_id) AS deliveries
        FROM delivery d WHERE d.join_id = t.join_id) AS sent ON true`,
};

/** The read side of the joins' read model. */
@Injectable()
export class JoinsReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly keyset: KeysetReader,
  ) {}

  /** Newest first. @throws Problem 400 for a cursor of another list. */
  async page(query: JoinsQuery): Promise<Page<JoinView>> {
    const { items, nextCursor } = await this.keyset.page<JoinRow>(JOINS, await this.branchesOf(query), query);
    return { items: items.map(viewOf), nextCursor };
  }

  /** The whole list, some at a time. */
  async *all(filter: JoinsFilter): AsyncGenerator<readonly JoinView[]> {
    const branches = await this.branchesOf(filter);
    for await (const rows of this.keyset.all<JoinRow>(JOINS, branches)) yield rows.map(viewOf);
  }

  async find(joinId: string): Promise<JoinView | undefined> {
    const { items } = await this.keyset.page<JoinRow>(
      JOINS,
      [{ where: (conditions) => conditions.add('join_id = ?', joinId) }],
      { limit: 1 },
    );
    return items[0] === undefined ? undefined : viewOf(items[0]);
  }

  /** As the database is asked: for the test that looks at the plans. */
  async statement(filter: JoinsFilter): Promise<{ readonly sql: string; readonly parameters: unknown[] }> {
    return this.keyset.statement(JOINS, await this.branchesOf(filter), undefined, 51);
  }

  private async branchesOf(filter: JoinsFilter): Promise<Branch[]> {
    const { siteId, outcome, reason } = filter;
    const asAsked = (conditions: Conditions): Conditions => withFilter(conditions, filter);
    if (siteId === undefined) return [{ where: asAsked }];

    // Attributed ones know their site; the others belong to the one of their channel.
    const attributed: Branch = { where: (conditions) => asAsked(conditions).add('site_id = ?', siteId) };
    const chatIds = await this.chatsOf(siteId, filter.chatId);
    const others: Branch = {
      where: (conditions) => asAsked(conditions).raw('site_id IS NULL'),
      each: { column: 'chat_id', type: 'bigint', values: chatIds },
    };
    return [
      ...(reason === undefined && (outcome === undefined || outcome === 'attributed') ? [attributed] : []),
      ...(outcome === 'attributed' || chatIds.length === 0 ? [] : [others]),
    ];
  }

  private async chatsOf(siteId: string, chatId: string | undefined): Promise<string[]> {
    const rows: readonly { chat_id: string }[] = await this.dataSource.query(
      'SELECT chat_id FROM channel WHERE site_id = $1 AND ($2::bigint IS NULL OR chat_id = $2)',
      [siteId, chatId ?? null],
    );
    return rows.map((row) => row.chat_id);
  }
}

function withFilter(
  conditions: Conditions,
  { outcome, reason, chatId, from, to, q }: JoinsFilter,
): Conditions {
  const id = q?.toLowerCase();
  return conditions
    .add('outcome = ?', outcome)
    .add('organic_reason = ?', reason)
    .add('chat_id = ?', chatId)
    .add('joined_at >= ?', from)
    .add('joined_at < ?', to)
    .add('join_id = ?', id !== undefined && UUID.test(id) ? id : undefined)
    .add('telegram_user_id = ?', id !== undefined && !UUID.test(id) ? id : undefined);
}

function viewOf(row: JoinRow): JoinView {
  return {
    joinId: row.id,
    outcome: row.outcome,
    chatId: row.chat_id,
    channelTitle: row.title,
    siteId: row.site_id,
    joinedAt: row.at.toISOString(),
    route: row.route,
    hasLink: row.has_link,
    hasOwnLink: row.link_is_matchable,
    isRejoin: row.is_rejoin,
    left:
      row.left_at === null || row.left_kind === null
        ? null
        : { leftAt: row.left_at.toISOString(), kind: row.left_kind },
    person: { telegramUserId: row.telegram_user_id },
    conversion: conversionOf(row),
    // Attributed wins, should both ever be said of one join: it is what was sent.
    organic: row.outcome === 'organic' ? whyOrganic(row) : null,
    deliveries: (row.deliveries ?? []).map(({ delivery_id, pixel_id, state }) => ({
      deliveryId: delivery_id,
      pixelId: pixel_id,
      state,
    })),
  };
}

function conversionOf(row: JoinRow): JoinView['conversion'] {
  const { conversion_id: conversionId, click_id: clickId, method, clicked_at: clickedAt } = row;
  if (conversionId === null || clickId === null || method === null || clickedAt === null) return null;
  return {
    conversionId,
    clickId,
    method,
    clickedAt: clickedAt.toISOString(),
    clickAgeMs: Number(row.click_age_ms),
    hasTtclid: row.has_ttclid === true,
    hasIp: row.has_ip === true,
    hasUserAgent: row.has_user_agent === true,
    matchLevel: row.match_level ?? 'low',
    matchSignals: row.match_signals ?? [],
  };
}

function whyOrganic({ organic_reason: reason, considered_click_id }: JoinRow): JoinView['organic'] {
  if (reason === null) return null;
  const { title, explanation, advice = null } = ORGANIC_REASONS_IN_WORDS[reason];
  return { reason, title, explanation, advice, consideredClickId: considered_click_id };
}
