import type { LinkKind } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Data } from '../api/data';
import { notFound } from '../api/fields';
import { DeliveriesReader } from '../deliveries/deliveries.reader';
import { InternalApi } from '../internal-api/internal-api';
import type { JoinDetailView, JoinView } from './join.dto';
import { JoinsReader } from './joins.reader';
import { timelineOf, type KnownClick } from './timeline';

/** One join with all that is known of it. */
@Injectable()
export class JoinDesk {
  constructor(
    private readonly dataSource: DataSource,
    private readonly joins: JoinsReader,
    private readonly deliveriesReader: DeliveriesReader,
    private readonly api: InternalApi,
  ) {}

  /** @throws Problem 404 */
  async detail(joinId: string): Promise<JoinDetailView> {
    const [join, deliveries, explain] = await Promise.all([
      this.joins.find(joinId),
      this.deliveriesReader.ofJoin(joinId),
      this.api.askIfThere<Record<string, unknown>>('attribution-service', `/v1/joins/${joinId}/explain`),
    ]);
    if (join === undefined) throw notFound('join', joinId);
    const [click, earlierJoinAt] = await Promise.all([this.clickOf(join), this.earlierJoinOf(join)]);
    const decidedAt = typeof explain?.['decidedAt'] === 'string' ? explain['decidedAt'] : undefined;
    const timeline = timelineOf({ join, click, earlierJoinAt, deliveries, decidedAt });
    const facts: Data<JoinView> = join;
    return { ...facts, timeline, deliveries, explain };
  }

  private async clickOf({ conversion, organic }: JoinView): Promise<KnownClick | undefined> {
    const clickId = conversion?.clickId ?? organic?.consideredClickId ?? null;
    if (clickId === null) return undefined;
    const rows: readonly { captured_at: Date; link_kind: LinkKind; has_ttclid: boolean }[] =
      await this.dataSource.query(
        'SELECT captured_at, link_kind, has_ttclid FROM click WHERE click_id = $1',
        [clickId],
      );
    return rows[0] === undefined
      ? undefined
      : {
          clickId,
          capturedAt: rows[0].captured_at.toISOString(),
          linkKind: rows[0].link_kind,
          hasTtclid: rows[0].has_ttclid,
        };
  }

  private async earlierJoinOf({ person, chatId, joinedAt }: JoinView): Promise<string | undefined> {
    if (person.telegramUserId === null) return undefined;
    const rows: readonly { joined_at: Date }[] = await this.dataSource.query(
      `SELECT joined_at FROM "join" WHERE telegram_user_id = $1 AND chat_id = $2 AND joined_at < $3
        ORDER BY joined_at DESC LIMIT 1`,
      [person.telegramUserId, chatId, joinedAt],
    );
    return rows[0]?.joined_at.toISOString();
  }
}
