import { ATTRIBUTION_BOUNDS, topics } from '@clickjoin/contracts';
import { KafkaClient } from '@clickjoin/kafka';
import { FencedTransactions } from '@clickjoin/postgres';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { LogClock } from '../close-waiting-joins/log-clock';
import type { OffsetRanges } from '../close-waiting-joins/read-marks';
import { AttributionConfig } from '../config';
import { AttributionMetrics } from '../metrics';
import { SERVICE } from '../service-name';
import { RetentionStore, type Sweep, type Swept } from './retention.store';

const DAY_MS = 86_400_000;
/** A few ms of work. */
const BATCH = 1_000;
/** Joins may be reported late: Telegram repeats an update for a day, and the log may lag. */
const REPORTED_LATE_MS = 2 * DAY_MS;
const SURPRISES_KEPT_DAYS = 30;
const SURPRISES_KEPT = 100_000;
const FUNNEL_KEPT_DAYS = 400;

/** From which age on a click can be credited to no join, whatever the channel's window. */
const PAST_EVERY_WINDOW_MS =
  ATTRIBUTION_BOUNDS.windowMs.max + ATTRIBUTION_BOUNDS.toleranceMs.max + REPORTED_LATE_MS;

const INPUTS = [topics.clickCaptured, topics.joinReceived, topics.botStarted];

/** Removes what has become too old, a small batch at a time, by one instance at a time. */
@Injectable()
export class Sweeper {
  constructor(
    private readonly database: DataSource,
    private readonly store: RetentionStore,
    private readonly offsets: FencedTransactions,
    @Inject(KafkaClient) private readonly kafka: OffsetRanges,
    private readonly config: AttributionConfig,
    private readonly clock: LogClock,
    private readonly metrics: AttributionMetrics,
  ) {}

  /**
   * Sweeps once. Not while records wait to be read: a join among them may need a click that is old by now, and after
   * a long outage or in a rebuild it would be gone before its join is read.
   * @param pause called between batches with the time that the last one took, in ms
   * @returns false when it did not sweep, since something is unread or another instance sweeps.
   */
  async sweep(pause: (tookMs: number) => Promise<void>): Promise<boolean> {
    const now = await this.clock.now(this.database.manager);
    if (await this.isSomethingUnread()) return false;
    const { clicksKeptDays, joinsKeptDays, linksKeptDays } = this.config;
    const cutoffs: readonly [Swept, number][] = [
      ['facts', now - PAST_EVERY_WINDOW_MS],
      ['click', now - clicksKeptDays * DAY_MS],
      ['link', now - Math.max(linksKeptDays, clicksKeptDays) * DAY_MS],
      ['join', now - joinsKeptDays * DAY_MS],
    ];
    for (const [what, untilMs] of cutoffs) if (!(await this.sweepAll(what, untilMs, pause))) return false;
    await this.database.transaction((tx) =>
      this.store.sweepLists(tx, {
        surprisesBeforeMs: now - SURPRISES_KEPT_DAYS * DAY_MS,
        surprisesKept: SURPRISES_KEPT,
        funnelBeforeMs: now - FUNNEL_KEPT_DAYS * DAY_MS,
        // Clicks of that time are refused for their age by now.
        erasedClicksBeforeMs: now - clicksKeptDays * DAY_MS - REPORTED_LATE_MS,
      }),
    );
    return true;
  }

  private async sweepAll(
    what: Swept,
    untilMs: number,
    pause: (tookMs: number) => Promise<void>,
  ): Promise<boolean> {
    const sweep = await this.database.transaction(async (tx) =>
      (await this.store.isFirst(tx)) ? this.store.begin(tx, what, untilMs) : undefined,
    );
    if (sweep === undefined) return false;
    for (;;) {
      const startedAt = performance.now();
      const swept = await this.database.transaction((tx) => this.sweepBatch(tx, sweep));
      // Another instance's sweep has begun in a pause: it goes on where this one began.
      if (swept === undefined) return false;
      this.metrics.swept.inc({ what }, swept);
      if (swept < BATCH) return true;
      await pause(performance.now() - startedAt);
    }
  }

  private async sweepBatch(tx: EntityManager, sweep: Sweep): Promise<number | undefined> {
    // Two at a time would skip each other's locked rows, and one would take for complete what the other may not finish.
    if (!(await this.store.isFirst(tx))) return undefined;
    const swept = await this.store.sweep(tx, sweep, BATCH);
    if (swept < BATCH) await this.store.finish(tx, sweep);
    return swept;
  }

  private async isSomethingUnread(): Promise<boolean> {
    for (const { name } of INPUTS) {
      const ranges = await this.kafka.offsetRanges(name);
      const positions = await this.offsets.positions(SERVICE, name);
      for (const [partition, { start, end }] of ranges) {
        const position = positions.get(partition) ?? 0n;
        if (end - (position > start ? position : start) > UNREAD_MAX) return true;
      }
    }
    return false;
  }
}

/** Under steady load a little is always unread; it is seconds old, and needs nothing that is weeks old. */
const UNREAD_MAX = 5_000n;
