import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Clock } from '@clickjoin/contracts';
import { Outbox } from '@clickjoin/postgres';
import { CLOCK } from '@clickjoin/service-kit';
import { DataSource, type EntityManager } from 'typeorm';
import { DispatcherConfig } from '../config';
import { deliveryUpdated } from '../delivery/delivery-updated';
import { DispatcherMetrics } from '../metrics';
import { ERASE_CHUNK, eraseDeliveries, eraseDone, findUnerased } from './erase.store';

const DAY_MS = 24 * 60 * 60_000;
const EVERY_MS = 60_000;

/** Takes personal data out of deliveries: at a person's wish, and when it is no longer needed. */
@Injectable()
export class Erasures {
  private readonly logger = new Logger(Erasures.name);
  private readonly keepMs: number;
  private nextAt = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly outbox: Outbox,
    private readonly metrics: DispatcherMetrics,
    config: DispatcherConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.keepMs = config.keepRequestsDays * DAY_MS;
  }

  /** Within a transaction that has noted the conversions as erased. */
  async erase(tx: EntityManager, conversionIds: readonly string[]): Promise<void> {
    const ended = await eraseDeliveries(tx, conversionIds, this.clock.now());
    await this.outbox.add(
      tx,
      ended.map((row) => deliveryUpdated(row)),
    );
    for (const { state } of ended) this.metrics.states.inc({ state });
  }

  /** Now and then. @returns whether there is more to do */
  async keepUp(): Promise<boolean> {
    if (performance.now() < this.nextAt) return false;
    this.nextAt = performance.now() + EVERY_MS;
    const erased = await this.dataSource.transaction(async (tx) => {
      const missed = await findUnerased(tx);
      if (missed.length > 0) await this.erase(tx, missed);
      const now = this.clock.now();
      return eraseDone(tx, now - this.keepMs, now);
    });
    this.metrics.requestsErased.inc(erased);
    if (erased > 0) this.logger.debug({ deliveries: erased }, 'events were erased that are no longer needed');
    if (erased < ERASE_CHUNK) return false;
    this.nextAt = 0;
    return true;
  }
}
