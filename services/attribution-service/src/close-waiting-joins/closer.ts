import { lockBucket } from '@clickjoin/postgres';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { deadlineOf, decideJoins, looksAtBotStarts, waitsFor, type Join } from '../attribute/decide-joins';
import { DecisionWriter } from '../attribute/decision.writer';
import { JoinStore, type Member, type WaitingGroup } from '../attribute/join.store';
import { BotStartStore } from '../bot-start/bot-start.store';
import { MemberKnowledgeStore, memberOfJoin } from '../bot-start/member-knowledge';
import { AttributionMetrics } from '../metrics';
import { SERVICE } from '../service-name';
import { LogClock } from './log-clock';
import { ReadMarks, type ReadMark } from './read-marks';

/** Joins a transaction: beyond that only latency grows. */
const BATCH = 500;

/**
 * How long after a deadline Kafka is asked what it holds. What was logged in the deadline's own millisecond still
 * counts, and the brokers' clocks may be a little behind the database's.
 */
export const SETTLE_MS = 100;

/**
 * Ends the wait of joins for which nothing can come any more, and looks again at those for which something came in
 * another bucket. Any instance may work on any bucket: its lock and the join's state make a second one find nothing.
 */
@Injectable()
export class Closer {
  constructor(
    private readonly database: DataSource,
    private readonly joins: JoinStore,
    private readonly starts: BotStartStore,
    private readonly members: MemberKnowledgeStore,
    private readonly writer: DecisionWriter,
    private readonly marks: ReadMarks,
    private readonly metrics: AttributionMetrics,
    private readonly clock: LogClock,
  ) {}

  /**
   * Decides what can be decided.
   * @returns in how many ms the next join is due, 0 when one is held back; undefined when no join waits.
   */
  async closeDue(): Promise<number | undefined> {
    await this.decideNoted();
    const waiting = await this.joins.waitingGroups(this.database.manager);
    this.metrics.waiting.set(waiting.reduce((sum, { joins }) => sum + joins, 0));
    if (waiting.length === 0) return undefined;
    const settledMs = (await this.clock.now(this.database.manager)) - SETTLE_MS;
    const due = waiting.filter(({ deadlineMs }) => deadlineMs <= settledMs);
    const markOf = this.marks.look(settledMs);
    for (const group of due) await this.closeGroup(group, await markOf(group, group.deadlineMs));
    return due.length > 0 ? 0 : Math.min(...waiting.map(({ deadlineMs }) => deadlineMs)) - settledMs;
  }

  /** Members whose bot start has got its click. Only for speed: at its deadline a join looks for itself. */
  private async decideNoted(): Promise<void> {
    for (const bucket of await this.starts.notedBuckets(this.database.manager)) {
      await this.database.transaction(async (tx) => {
        await lockBucket(tx, bucket, SERVICE);
        const members = await this.starts.takeNotes(tx, bucket);
        const known = await this.members.ofMembers(tx, bucket, members);
        const decided = decideJoins(known.waiting, {
          clickOf: (clickId) => known.clicks.get(clickId),
          startsOf: (member) => known.starts.get(member) ?? [],
        });
        await this.writer.write(tx, bucket, { waiting: decided }, 'click');
      });
    }
  }

  private async closeGroup(group: WaitingGroup, mark: ReadMark): Promise<void> {
    for (;;) {
      const closed = await this.closeBatch(group, mark);
      if (closed === 'unread') {
        this.metrics.heldBack.inc();
        return;
      }
      if (closed < BATCH) break;
    }
    this.marks.forget(group);
  }

  /** @returns how many joins were closed; `unread` when the mark is not reached: mere lag would turn paid joins organic. */
  private closeBatch(group: WaitingGroup, mark: ReadMark): Promise<number | 'unread'> {
    const { bucket } = group;
    return this.database.transaction(async (tx) => {
      await lockBucket(tx, bucket, SERVICE);
      if (!(await this.marks.isReached(tx, group, mark))) return 'unread';
      const due = await this.joins.dueJoins(tx, group, mark.settledMs, BATCH);
      const members = due.filter(looksAtBotStarts).map(memberOfJoin);
      const decided =
        members.length > 0
          ? await this.decideMembers(tx, bucket, members, (join) => isDue(join, group, mark))
          : decideJoins(due, { clickOf: () => undefined, startsOf: () => [] }, () => true);
      await this.writer.write(tx, bucket, { waiting: decided }, 'deadline');
      return decided.filter(({ decision }) => decision.kind !== 'waiting').length;
    });
  }

  /** With their earlier joins, which go first. */
  private async decideMembers(
    tx: EntityManager,
    bucket: number,
    members: readonly Member[],
    isFinal: (join: Join) => boolean,
  ): Promise<ReturnType<typeof decideJoins>> {
    const { waiting, clicks, starts } = await this.members.ofMembers(tx, bucket, members);
    return decideJoins(
      waiting,
      { clickOf: (clickId) => clicks.get(clickId), startsOf: (member) => starts.get(member) ?? [] },
      isFinal,
    );
  }
}

/** Due when the mark was taken, and waiting for nothing beyond what the mark covers. */
const isDue = (join: Join, group: WaitingGroup, { settledMs }: ReadMark): boolean =>
  deadlineOf(join) <= settledMs && waitsFor(join) === group.waitsFor;
