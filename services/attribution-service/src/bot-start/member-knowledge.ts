import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ClickStore } from '../attribute/click.store';
import { looksAtBotStarts, type BotStart, type Click, type Join } from '../attribute/decide-joins';
import { JoinStore, type Member } from '../attribute/join.store';
import { BotStartStore } from './bot-start.store';
import { lockClicks } from './click-locks';

export const memberOfJoin = ({ event }: Pick<Join, 'event'>): Member => ({
  chatId: event.chatId,
  telegramUserId: event.person.telegramUserId,
});

/** Members with their joins that wait, the starts of the bot that could decide them, and these starts' clicks. */
export interface MemberKnowledge {
  /** In the order of the log. */
  readonly waiting: readonly Join[];
  readonly starts: ReadonlyMap<string, readonly BotStart[]>;
  readonly clicks: ReadonlyMap<string, Click>;
}

const NOTHING: MemberKnowledge = { waiting: [], starts: new Map(), clicks: new Map() };

/** What joins without a link of ours are decided on, in channels whose visitors come through the bot. */
@Injectable()
export class MemberKnowledgeStore {
  constructor(
    private readonly joins: JoinStore,
    private readonly starts: BotStartStore,
    private readonly clicks: ClickStore,
  ) {}

  /** Under the bucket's lock: joins and starts of its members stand still. Takes the locks of their clicks. */
  async ofMembers(
    tx: EntityManager,
    bucket: number,
    members: readonly Member[],
    moreClickIds: readonly string[] = [],
  ): Promise<MemberKnowledge> {
    if (members.length === 0) return NOTHING;
    const waiting = await this.joins.waitingOfMembers(tx, bucket, members);
    const starts = await this.starts.startsOfMembers(tx, members);
    const clickIds = [
      ...new Set([...moreClickIds, ...[...starts.values()].flat().map(({ clickId }) => clickId)]),
    ];
    await lockClicks(tx, clickIds);
    return { waiting, starts, clicks: await this.clicks.clicksByKey(tx, clickIds) };
  }

  /** Of joins that were read just now; nothing is asked when none of them looks at bot starts. */
  async ofJoins(tx: EntityManager, bucket: number, joins: readonly Join[]): Promise<MemberKnowledge> {
    return this.ofMembers(tx, bucket, joins.filter(looksAtBotStarts).map(memberOfJoin));
  }
}
