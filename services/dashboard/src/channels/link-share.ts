import type { Clock } from '@clickjoin/contracts';
import { CLOCK } from '@clickjoin/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** How many joins of a channel can be attributed at all. */
export interface LinkShare {
  readonly since: Date;
  readonly joins: number;
  readonly withOwnLink: number;
}

const SPAN_MS = 30 * 24 * 60 * 60_000;

/** Measures, channel by channel, how often Telegram names the link: it often strips it in public channels. */
@Injectable()
export class LinkShares {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async of(chatIds: readonly string[]): Promise<(chatId: string) => LinkShare> {
    const since = new Date(this.clock.now() - SPAN_MS);
    const rows: readonly { chat_id: string; joins: number; with_own_link: number }[] =
      await this.dataSource.query(
        // Joins of erased persons have links too, but are not counted.
        `SELECT chat_id, sum(attributed + organic + waiting)::int AS joins,
                least(sum(own_link), sum(attributed + organic + waiting))::int AS with_own_link
           FROM overview_quarter WHERE quarter_at >= $1 AND chat_id = ANY($2::bigint[]) GROUP BY chat_id`,
        [since, chatIds],
      );
    const byChat = new Map(rows.map((row) => [row.chat_id, row]));
    return (chatId) => {
      const { joins = 0, with_own_link: withOwnLink = 0 } = byChat.get(chatId) ?? {};
      return { since, joins, withOwnLink };
    };
  }
}
