import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { DEMAND_SPAN_MS, MOST_COUNTED } from './refill-decision';
import type { LinkForm, LinkOwner, StockLink } from './stock-link';

/** Where statements run: the pool, or the one connection that holds a bot's lock. */
export type Session = Pick<EntityManager, 'query'>;

/** Whose links are asked for. */
export interface StockWish extends LinkOwner {
  /** False: visitors go by the bot, and all the channel needs is the link that is shared. */
  readonly wantsStock: boolean;
}

export interface ChannelStock extends StockWish {
  /** At most `MOST_COUNTED`. */
  readonly free: number;
  /** Links that all instances leased within the last `DEMAND_SPAN_MS`; at most `MOST_COUNTED`. */
  readonly leasedLately: number;
  readonly hasFallback: boolean;
  readonly failure: MintFailure | undefined;
}

export interface MintFailure {
  readonly failures: number;
  /** In Telegram's words; never holds a token. */
  readonly reason: string;
  readonly failedAt: number;
  readonly retryAt: number;
}

export type FallbackLink = Omit<StockLink, 'expiresAt'>;

interface LinkRow {
  readonly link_key: string;
  readonly url: string;
  readonly expires_ms: number;
}
interface StockRow {
  readonly chat_id: string;
  readonly free: number;
  readonly leased_lately: number;
  readonly has_fallback: boolean;
  readonly failures: number | null;
  readonly reason: string | null;
  readonly failed_at: Date | null;
  readonly retry_at: Date | null;
}

const at = (ms: number): string => new Date(ms).toISOString();

@Injectable()
export class LinkStockStore {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Leases up to `count` links for good. SKIP LOCKED lets instances lease side by side; the CTE is materialized, since
   * a join order that runs the subquery more than once would lease more than it returns. Soonest expiry first.
   * @param until only links that expire later
   */
  async lease(
    { chatId, botId, form }: LinkOwner,
    instanceId: string,
    count: number,
    now: number,
    until: number,
  ): Promise<StockLink[]> {
    const [rows] = await this.dataSource.query<[LinkRow[], number]>(
      `WITH picked AS MATERIALIZED (
         SELECT link_key FROM invite_link
          WHERE chat_id = $1 AND bot_id = $2 AND form = $7 AND leased_by IS NULL AND expires_at > $3
          ORDER BY expires_at
          LIMIT $4
            FOR UPDATE SKIP LOCKED)
       UPDATE invite_link SET leased_by = $5, leased_at = $6
         FROM picked WHERE invite_link.link_key = picked.link_key
       RETURNING invite_link.link_key, url, extract(epoch FROM expires_at)::float8 * 1000 AS expires_ms`,
      [chatId, botId, at(until), count, instanceId, at(now), form],
    );
    return rows
      .map(({ link_key, url, expires_ms }) => ({ linkKey: link_key, url, expiresAt: expires_ms }))
      .sort((one, other) => one.expiresAt - other.expiresAt);
  }

  /** Only links that were never handed out, and only one's own: a link shown to somebody must stay leased. */
  async giveBack(instanceId: string, linkKeys: readonly string[]): Promise<number> {
    const [, count] = await this.dataSource.query<[unknown[], number]>(
      `UPDATE invite_link SET leased_by = NULL, leased_at = NULL
        WHERE link_key = ANY($1::text[]) AND leased_by = $2`,
      [linkKeys, instanceId],
    );
    return count;
  }

  async add(session: Session, owner: LinkOwner, links: readonly StockLink[], now: number): Promise<void> {
    await session.query(
      `INSERT INTO invite_link (link_key, chat_id, bot_id, form, url, minted_at, expires_at)
       SELECT key, $1, $2, $7, url, $3, expires_at
         FROM unnest($4::text[], $5::text[], $6::timestamptz[]) AS minted (key, url, expires_at)
       ON CONFLICT DO NOTHING`,
      [
        owner.chatId,
        owner.botId,
        at(now),
        links.map(({ linkKey }) => linkKey),
        links.map(({ url }) => url),
        links.map(({ expiresAt }) => at(expiresAt)),
        owner.form,
      ],
    );
  }

  /** The first one stays: links that were shown must go on working. */
  async addFallback(session: Session, owner: LinkOwner, link: FallbackLink, now: number): Promise<void> {
    await session.query(
      `INSERT INTO fallback_link (chat_id, bot_id, link_key, url, minted_at, form) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT DO NOTHING`,
      [owner.chatId, owner.botId, link.linkKey, link.url, at(now), owner.form],
    );
  }

  async fallbacks(owners: readonly LinkOwner[]): Promise<(FallbackLink & LinkOwner)[]> {
    const rows = await this.dataSource.query<
      { chat_id: string; bot_id: string; form: LinkForm; link_key: string; url: string }[]
    >(
      `SELECT chat_id::text, bot_id::text, form, link_key, url FROM fallback_link
         JOIN unnest($1::bigint[], $2::bigint[], $3::text[]) AS wanted (chat_id, bot_id, form)
        USING (chat_id, bot_id, form)`,
      [owners.map(({ chatId }) => chatId), owners.map(({ botId }) => botId), owners.map(({ form }) => form)],
    );
    return rows.map((row) => ({
      chatId: row.chat_id,
      botId: row.bot_id,
      form: row.form,
      linkKey: row.link_key,
      url: row.url,
    }));
  }

  /** One row for each channel asked for, in that order. @param until only links that expire later are stock */
  async stockOf(
    botId: string,
    wishes: readonly StockWish[],
    now: number,
    until: number,
    session: Session = this.dataSource,
  ): Promise<ChannelStock[]> {
    const rows = await session.query<StockRow[]>(
      `SELECT wanted.chat_id::text,
              (SELECT count(*)::int FROM (
                 SELECT FROM invite_link l
                  WHERE l.chat_id = wanted.chat_id AND l.bot_id = $1 AND l.form = wanted.form
                    AND leased_by IS NULL AND expires_at > $4
                  LIMIT $6) AS counted) AS free,
              (SELECT count(*)::int FROM (
                 SELECT FROM invite_link l
                  WHERE l.chat_id = wanted.chat_id AND l.bot_id = $1
                    AND leased_by IS NOT NULL AND leased_at > $3
                  LIMIT $6) AS counted) AS leased_lately,
              EXISTS (SELECT FROM fallback_link f
                       WHERE f.chat_id = wanted.chat_id AND f.bot_id = $1 AND f.form = wanted.form) AS has_fallback,
              failures, reason, failed_at, retry_at
         FROM unnest($2::bigint[], $5::text[]) WITH ORDINALITY AS wanted (chat_id, form, place)
         LEFT JOIN mint_failure m ON m.chat_id = wanted.chat_id AND m.bot_id = $1
        ORDER BY place`,
      [
        botId,
        wishes.map(({ chatId }) => chatId),
        at(now - DEMAND_SPAN_MS),
        at(until),
        wishes.map(({ form }) => form),
        MOST_COUNTED,
      ],
    );
    return rows.map((row, index) => ({
      chatId: row.chat_id,
      botId,
      form: wishes[index]?.form ?? 'open',
      wantsStock: wishes[index]?.wantsStock ?? false,
      free: row.free,
      leasedLately: row.leased_lately,
      hasFallback: row.has_fallback,
      failure: failureOf(row),
    }));
  }

  async recordFailure(
    session: Session,
    owners: readonly Pick<LinkOwner, 'chatId' | 'botId'>[],
    failure: MintFailure,
  ): Promise<void> {
    await session.query(
      `INSERT INTO mint_failure (chat_id, bot_id, failures, reason, failed_at, retry_at)
       SELECT chat_id, bot_id, $3, $4, $5, $6 FROM unnest($1::bigint[], $2::bigint[]) AS failed (chat_id, bot_id)
       ON CONFLICT (chat_id, bot_id) DO UPDATE
         SET failures = excluded.failures, reason = excluded.reason,
             failed_at = excluded.failed_at, retry_at = excluded.retry_at`,
      [
        owners.map(({ chatId }) => chatId),
        owners.map(({ botId }) => botId),
        failure.failures,
        failure.reason,
        at(failure.failedAt),
        at(failure.retryAt),
      ],
    );
  }

  async clearFailure(
    session: Session,
    { chatId, botId }: Pick<LinkOwner, 'chatId' | 'botId'>,
  ): Promise<void> {
    await session.query('DELETE FROM mint_failure WHERE chat_id = $1 AND bot_id = $2', [chatId, botId]);
  }

  /** Links that no longer open. In portions, so that no long transaction stands in anybody's way. */
  async removeExpired(now: number): Promise<number> {
    const [, count] = await this.dataSource.query<[unknown[], number]>(
      `DELETE FROM invite_link
        WHERE link_key IN (SELECT link_key FROM invite_link WHERE expires_at <= $1 LIMIT 1000)`,
      [at(now)],
    );
    return count;
  }
}

function failureOf({ failures, reason, failed_at, retry_at }: StockRow): MintFailure | undefined {
  if (failures === null || reason === null || failed_at === null || retry_at === null) return undefined;
  return { failures, reason, failedAt: failed_at.getTime(), retryAt: retry_at.getTime() };
}
