import {
  matchQualityOf,
  type ConversionAttributed,
  type JoinOrganic,
  type JoinReceived,
} from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { erasedAt, lockErasures } from '../memberships/erased-person';

type Queryable = Pick<EntityManager, 'query'>;
type JoinFacts = Pick<JoinReceived, 'joinId' | 'chatId' | 'joinedAt' | 'person'>;

/** What every event about a join knows, and what they all agree on, since the id is made from it. */
const facts = (events: readonly JoinFacts[]): unknown[] => [
  events.map(({ joinId }) => joinId),
  events.map(({ chatId }) => chatId),
  events.map(({ joinedAt }) => joinedAt),
  events.map(({ person }) => person.telegramUserId),
];
const FACTS = 'join_id, chat_id, joined_at, telegram_user_id';
const FACT_ARRAYS = '$1::uuid[], $2::bigint[], $3::timestamptz[], $4::bigint[]';
/** The person of a join that a replay brings back stays forgotten. */
const KEPT_FACTS = `join_id, chat_id, joined_at,
  CASE WHEN ${erasedAt('telegram_user_id', 'joined_at')} THEN NULL ELSE telegram_user_id END`;

/**
 * The write side of the joins' read model. Each of the three writes may come first, late, twice, or again in a
 * replay. `DISTINCT ON` collapses a batch (Postgres refuses to touch a row twice in one statement) and sorts it
 * (two batches that lock the same rows in different orders would deadlock).
 */
@Injectable()
export class JoinsStore {
  /**
   * Two bots in one channel report one join: the report with a link that can be matched stands, then that of the
   * higher bot id. It is the same choice in any order of arrival.
   */
  async applyReceived(tx: Queryable, joins: readonly JoinReceived[]): Promise<void> {
    await lockErasures(tx, 'shared');
    await tx.query(
      `INSERT INTO "join" (${FACTS}, bot_id, route, has_link, link_is_own, link_is_matchable, is_rejoin)
       SELECT DISTINCT ON (join_id) ${KEPT_FACTS}, bot_id, route, has_link, link_is_own, link_is_matchable,
              is_rejoin
         FROM unnest(${FACT_ARRAYS}, $5::bigint[], $6::text[], $7::boolean[], $8::boolean[], $9::boolean[],
                     $10::boolean[])
           AS report (${FACTS}, bot_id, route, has_link, link_is_own, link_is_matchable, is_rejoin)
        ORDER BY join_id, link_is_matchable DESC, bot_id DESC
       ON CONFLICT (join_id) DO UPDATE
         SET bot_id = excluded.bot_id, route = excluded.route, has_link = excluded.has_link,
             link_is_own = excluded.link_is_own, link_is_matchable = excluded.link_is_matchable,
             is_rejoin = excluded.is_rejoin
       WHERE "join".bot_id IS NULL
          OR (excluded.link_is_matchable, excluded.bot_id) > ("join".link_is_matchable, "join".bot_id)`,
      [
        ...facts(joins),
        joins.map(({ botId }) => botId),
        joins.map(({ route }) => route),
        joins.map(({ link }) => link !== undefined),
        joins.map(({ link }) => link?.isOwn ?? false),
        joins.map(({ link }) => link?.key !== undefined),
        joins.map(({ rejoin }) => rejoin ?? false),
      ],
    );
  }

  async applyAttributed(tx: Queryable, conversions: readonly ConversionAttributed[]): Promise<void> {
    const qualities = conversions.map(matchQualityOf);
    await lockErasures(tx, 'shared');
    await tx.query(
      `INSERT INTO "join" (${FACTS}, conversion_id, click_id, site_id, method, clicked_at, click_age_ms,
                           has_ttclid, has_ip, has_user_agent, match_level, match_signals)
       SELECT DISTINCT ON (join_id) ${KEPT_FACTS}, conversion_id, click_id, site_id, method, clicked_at,
              click_age_ms, has_ttclid, has_ip, has_user_agent, match_level,
              string_to_array(match_signals, ' ')
         FROM unnest(${FACT_ARRAYS}, $5::uuid[], $6::uuid[], $7::uuid[], $8::text[], $9::timestamptz[],
                     $10::bigint[], $11::boolean[], $12::boolean[], $13::boolean[], $14::text[], $15::text[])
           AS conversion (${FACTS}, conversion_id, click_id, site_id, method, clicked_at, click_age_ms,
                          has_ttclid, has_ip, has_user_agent, match_level, match_signals)
        ORDER BY join_id, conversion_id
       ON CONFLICT (join_id) DO UPDATE
         SET conversion_id = excluded.conversion_id, click_id = excluded.click_id, site_id = excluded.site_id,
             method = excluded.method, clicked_at = excluded.clicked_at, click_age_ms = excluded.click_age_ms,
             has_ttclid = excluded.has_ttclid, has_ip = excluded.has_ip,
             has_user_agent = excluded.has_user_agent, match_level = excluded.match_level,
             match_signals = excluded.match_signals
       WHERE "join".conversion_id IS NULL`,
      [
        ...facts(conversions),
        conversions.map(({ conversionId }) => conversionId),
        conversions.map(({ clickId }) => clickId),
        conversions.map(({ siteId }) => siteId),
        conversions.map(({ method }) => method),
        conversions.map(({ clickedAt }) => clickedAt),
        conversions.map(({ clickAgeMs }) => clickAgeMs),
        conversions.map(({ ad }) => ad.ttclid !== undefined),
        conversions.map(({ visitor }) => visitor.ip !== undefined),
        conversions.map(({ visitor }) => visitor.userAgent !== undefined),
        qualities.map(({ level }) => level),
        // Arrays of unequal lengths can't stand in an array of Postgres.
        qualities.map(({ signals }) => signals.join(' ')),
      ],
    );
  }

  async applyOrganic(tx: Queryable, joins: readonly JoinOrganic[]): Promise<void> {
    await lockErasures(tx, 'shared');
    await tx.query(
      `INSERT INTO "join" (${FACTS}, organic_reason, considered_click_id)
       SELECT DISTINCT ON (join_id) ${KEPT_FACTS}, organic_reason, considered_click_id
         FROM unnest(${FACT_ARRAYS}, $5::text[], $6::uuid[])
           AS organic (${FACTS}, organic_reason, considered_click_id)
        ORDER BY join_id, organic_reason
       ON CONFLICT (join_id) DO UPDATE
         SET organic_reason = excluded.organic_reason, considered_click_id = excluded.considered_click_id
       WHERE "join".organic_reason IS NULL`,
      [...facts(joins), joins.map(({ reason }) => reason), joins.map(({ clickId }) => clickId ?? null)],
    );
  }
}
