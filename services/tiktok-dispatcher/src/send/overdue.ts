import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@clickjoin/contracts';
import { Outbox } from '@clickjoin/postgres';
import { CLOCK } from '@clickjoin/service-kit';
import { DataSource } from 'typeorm';
import { DispatcherConfig } from '../config';
import { timestamp } from '../delivery/delivery-row';
import { deliveryUpdated } from '../delivery/delivery-updated';
import { DispatcherMetrics } from '../metrics';
import { refusalToSend, type RetryRules } from '../retry-policy/retry-policy';
import { rulesOf } from '../retry-policy/rules-of';
import { endUnsent } from './start.store';

const CHUNK = 200;

/**
 * Ends what waits and is too old to be sent. The claim does so with what is due; this is for the others: of a pixel
 * that stays paused, or is no more. Otherwise they would wait, and keep the visitor's address, for ever.
 */
@Injectable()
export class Overdue {
  private readonly rules: RetryRules;

  constructor(
    private readonly dataSource: DataSource,
    private readonly outbox: Outbox,
    private readonly metrics: DispatcherMetrics,
    config: DispatcherConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.rules = rulesOf(config);
  }

  /** @returns whether there may be more */
  async end(): Promise<boolean> {
    return this.dataSource.transaction(async (tx) => {
      const now = this.clock.now();
      const waiting: {
        delivery_id: string;
        joined_at: Date;
        attempts: number;
        first_unknown_at: Date | null;
      }[] = await tx.query(
        `SELECT delivery_id, joined_at, attempts, first_unknown_at FROM delivery
           WHERE state IN ('queued', 'retrying', 'held') AND joined_at < $1
           ORDER BY joined_at LIMIT ${CHUNK} FOR UPDATE SKIP LOCKED`,
        [timestamp(now - this.rules.maxAgeMs)],
      );
      const ends = waiting.flatMap((row) => {
        const refusal = refusalToSend(
          {
            joinedAt: row.joined_at.getTime(),
            attempts: row.attempts,
            firstUnknownAt: row.first_unknown_at?.getTime(),
          },
          now,
          this.rules,
        );
        return refusal === undefined
          ? []
          : [{ deliveryId: row.delivery_id, state: refusal.state, note: refusal.note }];
      });
      const ended = await endUnsent(tx, ends, now);
      await this.outbox.add(
        tx,
        ended.map((row) => deliveryUpdated(row)),
      );
      for (const { state } of ended) this.metrics.states.inc({ state });
      return waiting.length === CHUNK;
    });
  }
}
