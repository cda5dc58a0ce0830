import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { NewClick } from '../attribute/click.store';
import { SurpriseStore } from '../surprises/surprise.store';
import { aboutJoin } from '../surprises/surprises';
import { BotStartStore } from './bot-start.store';
import { lockClicks } from './click-locks';

/**
 * Clicks of bot starts, as seen from their own bucket. The joins that they may decide stand in other buckets, whose
 * locks are not ours to take: so only a note is left there, which the closing loop finds within a second.
 */
@Injectable()
export class NotedMembers {
  constructor(
    private readonly starts: BotStartStore,
    private readonly surprises: SurpriseStore,
  ) {}

  async lock(tx: EntityManager, clicks: readonly NewClick[]): Promise<void> {
    await lockClicks(
      tx,
      clicks.map(({ clickId }) => clickId),
    );
  }

  /** After the clicks have been written, under their locks. */
  async leaveNotes(tx: EntityManager, clicks: readonly NewClick[]): Promise<void> {
    const clickIds = clicks.map(({ clickId }) => clickId);
    await this.starts.noteMembersOf(tx, clickIds);
    await this.surprises.takeBackUnknownClicks(tx, clickIds);
    const late = await this.starts.closedWithout(tx, clickIds);
    await this.surprises.add(
      tx,
      late.map((join) => aboutJoin('late-click', join, join.clickId)),
    );
  }
}
