import type { AttributionMethod, JoinRoute, OrganicReason } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Conditions } from '../api/conditions';
import { decodeCursor, pageOf, type Page, type Position } from '../api/cursor';
import type { JoinsQuery, JoinStatus, JoinView } from './join.dto';
import { ORGANIC_REASONS_IN_WORDS } from './organic-reasons';

interface JoinRow extends Position {
  readonly status: JoinStatus;
  readonly chat_id: string;
  readonly title: string | null;
  readonly site_id: string | null;
  readonly telegram_user_id: string;
  readonly route: JoinRoute | null;
  readonly has_link: boolean | null;
  readonly conversion_id: string | null;
  readonly click_id: string | null;
  readonly method: AttributionMethod | null;
  readonly clicked_at: Date | null;
  readonly click_age_ms: string | null;
  readonly has_ttclid: boolean | null;
  readonly has_ip: boolean | null;
  readonly has_user_agent: boolean | null;
  readonly organic_reason: OrganicReason | null;
  readonly considered_click_id: string | null;
}

/** An organic join belongs to no click, and so to the site that its channel is set up for now. */
const COLUMNS = `
  j.join_id AS id, j.joined_at AS at, j.status, j.chat_id, c.title, coalesce(j.site_id, c.site_id) AS site_id,
  j.telegram_user_id, j.route, j.has_link, j.conversion_id, j.click_id, j.method, j.clicked_at, j.click_age_ms,
  j.has_ttclid, j.has_ip, j.has_user_agent, j.organic_reason, j.considered_click_id
  FROM "join" j LEFT JOIN channel c USING (chat_id)`;

/** The read side of the joins' read model. */
@Injectable()
export class JoinsReader {
  constructor(private readonly dataSource: DataSource) {}

  /** Newest first. @throws Problem 400 for a cursor of another list. */
  async page(query: JoinsQuery): Promise<Page<JoinView>> {
    const { status, reason, siteId, chatId, from, to, cursor, limit } = query;
    const conditions = new Conditions()
      .add('j.status = ?', status)
      .add('j.organic_reason = ?', reason)
      .add('j.chat_id = ?', chatId)
      .add('coalesce(j.site_id, c.site_id) = ?', siteId)
      .add('j.joined_at >= ?', from)
      .add('j.joined_at < ?', to);
    if (cursor !== undefined) {
      const { at, id } = decodeCursor(cursor);
      conditions.add(`(j.joined_at, j.join_id) < (${conditions.bind(at)}, ?)`, id);
    }
    const rows: readonly JoinRow[] = await this.dataSource.query(
      `SELECT ${COLUMNS} ${conditions.where()}
        ORDER BY j.joined_at DESC, j.join_id DESC LIMIT ${conditions.bind(limit + 1)}`,
      conditions.parameters,
    );
    const { items, nextCursor } = pageOf(rows, limit);
    return { items: items.map(viewOf), nextCursor };
  }

  async find(joinId: string): Promise<JoinView | undefined> {
    const rows: readonly JoinRow[] = await this.dataSource.query(`SELECT ${COLUMNS} WHERE j.join_id = $1`, [
      joinId,
    ]);
    return rows[0] === undefined ? undefined : viewOf(rows[0]);
  }
}

function viewOf(row: JoinRow): JoinView {
  return {
    joinId: row.id,
    status: row.status,
    chatId: row.chat_id,
    channelTitle: row.title,
    siteId: row.site_id,
    joinedAt: row.at.toISOString(),
    route: row.route,
    hasLink: row.has_link,
    person: { telegramUserId: row.telegram_user_id },
    conversion: conversionOf(row),
    // Attributed wins, should both ever be said of one join: it is what was sent.
    organic: row.status === 'organic' ? whyOrganic(row) : null,
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
  };
}

function whyOrganic({ organic_reason: reason, considered_click_id }: JoinRow): JoinView['organic'] {
  if (reason === null) return null;
  const { title, explanation, advice = null } = ORGANIC_REASONS_IN_WORDS[reason];
  return { reason, title, explanation, advice, consideredClickId: considered_click_id };
}
