import { Inject, Injectable, Logger } from '@nestjs/common';
import { topics, type Clock, type PixelConfigured } from '@clickjoin/contracts';
import { InjectTable, type SettingsTable } from '@clickjoin/kafka';
import { Outbox } from '@clickjoin/postgres';
import { CLOCK } from '@clickjoin/service-kit';
import { DataSource } from 'typeorm';
import { DispatcherConfig } from '../config';
import { deliveryUpdated } from '../delivery/delivery-updated';
import { DispatcherMetrics } from '../metrics';
import { readPauses } from '../pause-pixel/pixel-pauses.store';
import type { RetryRules } from '../retry-policy/retry-policy';
import { rulesOf } from '../retry-policy/rules-of';
import { SendWorker } from '../send/send.worker';
import { refusalToReplay, REPLAY_REFUSALS, type ReplayRefusal } from './decide-replay';
import { requeue, selectPage, type ReplaySelection, type SelectedDelivery } from './replay.store';

export interface RefusedReplay {
  readonly deliveryId: string;
  /** Absent when there is no such delivery. */
  readonly conversionId?: string;
  readonly reason: ReplayRefusal;
  readonly explanation: string;
}

export interface ReplayResult {
  /** Deliveries that were meant. */
  readonly matched: number;
  /** Of these, how many go once more, or would if this were no dry run. */
  readonly replayable: number;
  readonly refusedCount: number;
  /** The first hundred of them. */
  readonly refused: readonly RefusedReplay[];
}

const PAGE = 500;
const REFUSED_SHOWN = 100;

/** Sends deliveries once more: with the same event id and the same bytes, unless TikTok could count them twice. */
@Injectable()
export class Replays {
  private readonly logger = new Logger(Replays.name);
  private readonly rules: RetryRules;
  private readonly restoredAt: number;

  constructor(
    private readonly dataSource: DataSource,
    private readonly outbox: Outbox,
    private readonly metrics: DispatcherMetrics,
    private readonly worker: SendWorker,
    config: DispatcherConfig,
    @InjectTable(topics.pixel) private readonly pixels: SettingsTable<PixelConfigured>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.rules = rulesOf(config);
    this.restoredAt = Date.parse(config.holdConversionsLoggedBefore);
  }

  /**
   * Page by page, each in a transaction of its own. Asked twice it does it once: what waits already is refused.
   * @param isConfirmedUnsent lets go what is held since a database was lost
   */
  async replay(
    selection: ReplaySelection,
    { dryRun, isConfirmedUnsent }: { readonly dryRun: boolean; readonly isConfirmedUnsent: boolean },
  ): Promise<ReplayResult> {
    const paused = new Set((await readPauses(this.dataSource.manager)).map(({ pixelId }) => pixelId));
    const refused: RefusedReplay[] = [];
    const found = new Set<string>();
    let matched = 0;
    let replayable = 0;
    let page: readonly SelectedDelivery[] = [];
    do {
      const after = page.at(-1);
      page = await this.dataSource.transaction(async (tx) => {
        const selected = await selectPage(tx, selection, after, PAGE, this.restoredAt, !dryRun);
        const now = this.clock.now();
        const again: string[] = [];
        for (const delivery of selected) {
          const { deliveryId, conversionId, pixelId } = delivery;
          const pixel =
            this.pixels.get(pixelId) === undefined ? 'gone' : paused.has(pixelId) ? 'paused' : 'active';
          const reason = refusalToReplay(delivery, pixel, isConfirmedUnsent, now, this.rules);
          if (reason === undefined) again.push(deliveryId);
          else if (refused.length < REFUSED_SHOWN)
            refused.push({ deliveryId, conversionId, reason, explanation: REPLAY_REFUSALS[reason] });
        }
        if (!dryRun) {
          const rows = await requeue(tx, again, isConfirmedUnsent, now);
          await this.outbox.add(
            tx,
            rows.map((row) => deliveryUpdated(row)),
          );
          this.metrics.replayed.inc(rows.length);
        }
        replayable += again.length;
        return selected;
      });
      matched += page.length;
      for (const { deliveryId } of page) if (selection.deliveryIds !== undefined) found.add(deliveryId);
      if (!dryRun) this.worker.wake();
    } while (page.length === PAGE);

    const unknown = (selection.deliveryIds ?? []).filter((deliveryId) => !found.has(deliveryId));
    for (const deliveryId of unknown) {
      if (refused.length === REFUSED_SHOWN) break;
      const reason = 'unknown-delivery';
      refused.push({ deliveryId, reason, explanation: REPLAY_REFUSALS[reason] });
    }
    matched += unknown.length;
    if (!dryRun) this.logger.log({ matched, replayed: replayable }, 'deliveries were replayed');
    return { matched, replayable, refusedCount: matched - replayable, refused };
  }
}
