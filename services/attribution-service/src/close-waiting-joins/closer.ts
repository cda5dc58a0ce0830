import { topics, type Clock } from '@clickjoin/contracts';
import { KafkaClient } from '@clickjoin/kafka';
import { FencedTransactions, lockBucket, Outbox } from '@clickjoin/postgres';
import { CLOCK } from '@clickjoin/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AttributionStore, type WaitingGroup } from '../attribute/attribution.store';
import { reasonAtDeadline, type DecidedJoin } from '../attribute/decide-joins';
import { decisionRecords } from '../attribute/decision-events';
import { AttributionMetrics } from '../metrics';
import { SERVICE } from '../service-name';

/** Joins a transaction: beyond that only latency grows. */
const BATCH = 500;

type Ranges = ReadonlyMap<number, { readonly start: bigint; readonly end: bigint }>;

/** What a topic held at a moment: joins that were due then may be closed once this much of it has been read. */
interface ReadMark {
  /** Unix ms, taken before Kafka was asked. */
  readonly askedAt: number;
  readonly topic: string;
  readonly ranges: Ranges;
}

/**
 * Ends the wait of joins whose click did not come within grace. Any instance may close any bucket: the bucket's
 * lock and the join's state make a second one find nothing to do.
 *
 * A mark is kept until it has been reached. Asking anew at each look would chase the end of a topic that is being
 * written, and under load never reach it.
 */
@Injectable()
export class Closer {
  private readonly marks = new Map<string, ReadMark>();

  constructor(
    private readonly database: DataSource,
    private readonly offsets: FencedTransactions,
    private readonly store: AttributionStore,
    private readonly outbox: Outbox,
    @Inject(KafkaClient) private readonly kafka: Pick<KafkaClient, 'offsetRanges'>,
    private readonly metrics: AttributionMetrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Closes what is due.
   * @returns when to look again, Unix ms; undefined when no join waits.
   */
  async closeDue(): Promise<number | undefined> {
    const waiting = await this.store.waitingGroups(this.database.manager);
    this.metrics.waiting.set(waiting.reduce((sum, { joins }) => sum + joins, 0));
    const now = this.clock.now();
    const due = waiting.filter(({ deadlineMs }) => deadlineMs <= now);
    const rangesOf = this.askedOnce();
    for (const group of due) await this.closeGroup(group, await this.markFor(group, now, rangesOf));
    if (due.length > 0) return now;
    return waiting.length === 0 ? undefined : Math.min(...waiting.map(({ deadlineMs }) => deadlineMs));
  }

  /** The mark of an earlier look, as long as it was taken when joins of this group were due. */
  private async markFor(
    group: WaitingGroup,
    now: number,
    rangesOf: (topic: string) => Promise<Ranges>,
  ): Promise<ReadMark> {
    const known = this.marks.get(idOf(group));
    if (known !== undefined && known.askedAt >= group.deadlineMs) return known;
    // A join by a cut link waits for the report of the bot that made the link, in whatever partition.
    const topic = group.hasLinkKey ? topics.clickCaptured.name : topics.joinReceived.name;
    const mark: ReadMark = { askedAt: now, topic, ranges: await rangesOf(topic) };
    this.marks.set(idOf(group), mark);
    return mark;
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
    this.marks.delete(idOf(group));
  }

  /** @returns how many joins were closed; `unread` when the mark is not reached: mere lag would turn paid joins organic. */
  private closeBatch(group: WaitingGroup, mark: ReadMark): Promise<number | 'unread'> {
    return this.database.transaction(async (tx) => {
      await lockBucket(tx, group.bucket, SERVICE);
      if (!(await this.isReached(tx, group, mark))) return 'unread';
      const joins = await this.store.dueJoins(tx, group, mark.askedAt, BATCH);
      const decided = joins.map((join): DecidedJoin => ({
        join,
        decision: { kind: 'organic', reason: reasonAtDeadline(join.event) },
      }));
      await this.store.decideWaiting(tx, decided);
      await this.outbox.add(tx, decisionRecords(decided));
      this.metrics.countDecisions(decided);
      return decided.length;
    });
  }

  private async isReached(tx: EntityManager, group: WaitingGroup, mark: ReadMark): Promise<boolean> {
    const positions = await this.offsets.positions(SERVICE, mark.topic, tx);
    const partitions = group.hasLinkKey ? [group.bucket] : [...mark.ranges.keys()];
    return partitions.every((partition) => {
      const { start, end } = mark.ranges.get(partition) ?? { start: 0n, end: 0n };
      // Where retention has deleted everything there is nothing to read, and so no position.
      const position = positions.get(partition) ?? 0n;
      return (position > start ? position : start) >= end;
    });
  }

  /** Kafka is asked once a topic and look, and only when somebody needs it. */
  private askedOnce(): (topic: string) => Promise<Ranges> {
    const asked = new Map<string, Promise<Ranges>>();
    return (topic) => {
      const ranges = asked.get(topic) ?? this.kafka.offsetRanges(topic);
      asked.set(topic, ranges);
      return ranges;
    };
  }
}

const idOf = ({ bucket, hasLinkKey }: WaitingGroup): string =>
  `${bucket}/${hasLinkKey ? 'link' : 'cut link'}`;
