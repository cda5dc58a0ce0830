import { topics, type Clock } from '@clickjoin/contracts';
import { KafkaClient } from '@clickjoin/kafka';
import { FencedTransactions, lockBucket, Outbox } from '@clickjoin/postgres';
import { CLOCK } from '@clickjoin/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AttributionStore } from '../attribute/attribution.store';
import { reasonAtDeadline, type DecidedJoin } from '../attribute/decide-joins';
import { decisionRecords } from '../attribute/decision-events';
import { SERVICE } from '../service-name';
import { AttributionMetrics } from '../metrics';

/** Joins a transaction: beyond that only latency grows. */
const BATCH = 500;

/**
 * Ends the wait of joins whose click did not come within grace. Any instance may close any bucket: the bucket's
 * lock and the join's state make a second one find nothing to do.
 */
@Injectable()
export class Closer {
  constructor(
    private readonly database: DataSource,
    private readonly offsets: FencedTransactions,
    private readonly store: AttributionStore,
    private readonly outbox: Outbox,
    @Inject(KafkaClient) private readonly kafka: Pick<KafkaClient, 'endOffsets'>,
    private readonly metrics: AttributionMetrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Closes what is due.
   * @returns when the next join will be due, Unix ms; undefined when none waits.
   */
  async closeDue(): Promise<number | undefined> {
    const waiting = await this.store.waitingBuckets(this.database.manager);
    this.metrics.waiting.set(waiting.reduce((sum, { joins }) => sum + joins, 0));
    const now = this.clock.now();
    const due = waiting.filter(({ deadlineMs }) => deadlineMs <= now);
    if (due.length > 0) {
      // Asked after `now`: all that was in the log at the deadlines lies below these ends.
      const clickEnds = await this.kafka.endOffsets(topics.clickCaptured.name);
      const joinEnds = await this.kafka.endOffsets(topics.joinReceived.name);
      for (const { bucket } of due) {
        while ((await this.closeBatch(bucket, now, clickEnds, joinEnds)) === BATCH);
      }
    }
    const notDue = waiting.filter(({ deadlineMs }) => deadlineMs > now).map(({ deadlineMs }) => deadlineMs);
    return due.length > 0 ? now : notDue.length > 0 ? Math.min(...notDue) : undefined;
  }

  /** @returns how many joins were closed. */
  private closeBatch(bucket: number, now: number, clickEnds: LogEnds, joinEnds: LogEnds): Promise<number> {
    return this.database.transaction(async (tx) => {
      await lockBucket(tx, bucket, SERVICE);
      // Mere lag would otherwise turn paid joins organic.
      const clicks = await this.offsets.positions(SERVICE, topics.clickCaptured.name, tx);
      if (!isRead(clicks, bucket, clickEnds)) {
        this.metrics.heldBack.inc();
        return 0;
      }
      // A join by a cut link waits for the report of the bot that made the link, in whatever partition.
      const reports = await this.offsets.positions(SERVICE, topics.joinReceived.name, tx);
      const allReportsRead = [...joinEnds.keys()].every((partition) => isRead(reports, partition, joinEnds));
      const joins = await this.store.dueJoins(tx, bucket, now, BATCH, { withLinkKeyOnly: !allReportsRead });
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
}

/** Partition → the offset its next record will have. */
type LogEnds = ReadonlyMap<number, bigint>;

const isRead = (positions: LogEnds, partition: number, ends: LogEnds): boolean =>
  (positions.get(partition) ?? 0n) >= (ends.get(partition) ?? 0n);
