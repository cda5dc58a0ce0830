import {
  conversionIdOf,
  encode,
  ERASED_IDS_MAX,
  topics,
  type OutboundRecord,
  type PersonErased,
} from '@clickjoin/contracts';
import { KafkaClient } from '@clickjoin/kafka';
import { Outbox } from '@clickjoin/postgres';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { LogClock } from '../close-waiting-joins/log-clock';
import type { OffsetRanges } from '../close-waiting-joins/read-marks';
import { AttributionMetrics } from '../metrics';
import { SERVICE } from '../service-name';
import { ErasureStore, type Erased } from './erasure.store';

export interface ErasureReport {
  readonly telegramUserId: string;
  readonly erasedAt: string;
  /** How many of each were held here. */
  readonly joins: number;
  readonly conversions: number;
  readonly clicks: number;
}

/**
 * Forgets a person: what is held here goes, what comes again of before is refused, and everyone else who holds
 * something is told, with the clicks by name, since only attribution knows whose they are. May be repeated.
 */
@Injectable()
export class Erasure {
  constructor(
    private readonly database: DataSource,
    private readonly store: ErasureStore,
    private readonly outbox: Outbox,
    @Inject(KafkaClient) private readonly kafka: OffsetRanges,
    private readonly clock: LogClock,
    private readonly metrics: AttributionMetrics,
  ) {}

  async erase(telegramUserId: string): Promise<ErasureReport> {
    const buckets = (await this.kafka.offsetRanges(topics.joinReceived.name)).size;
    const clickKeys = await this.database.transaction((tx) =>
      this.store.creditedClickKeys(tx, telegramUserId),
    );
    const report = await this.database.transaction(async (tx) => {
      await this.store.lockAllBuckets(tx, buckets);
      // The next whole second: Telegram's clock has no smaller ones, and the person's last deed may be in this one.
      const erasedAtMs = Math.ceil((await this.clock.now(tx)) / 1_000) * 1_000;
      const person = { telegramUserId, erasedAtMs };
      await this.store.remember(tx, person, { isHere: true });
      const erased = await this.store.erase(tx, person, clickKeys, null);
      const erasedAt = new Date(erasedAtMs).toISOString();
      await this.outbox.add(tx, recordsOf(telegramUserId, erasedAt, erased));
      return {
        telegramUserId,
        erasedAt,
        joins: erased.joinIds.length,
        conversions: erased.attributedJoinIds.length,
        clicks: erased.clickIds.length,
      };
    });
    this.metrics.erasures.inc();
    return report;
  }
}

/** One at least, since others may hold what we don't; several for a person with very much. */
function recordsOf(
  telegramUserId: string,
  erasedAt: string,
  { joinIds, attributedJoinIds, clickIds }: Erased,
): OutboundRecord[] {
  const conversionIds = attributedJoinIds.map(conversionIdOf);
  const parts = Math.max(1, ...[joinIds, clickIds].map(({ length }) => Math.ceil(length / ERASED_IDS_MAX)));
  return Array.from({ length: parts }, (_, part) => {
    const some = (ids: readonly string[]): string[] =>
      ids.slice(part * ERASED_IDS_MAX, (part + 1) * ERASED_IDS_MAX);
    const event: PersonErased = {
      telegramUserId,
      erasedAt,
      joinIds: some(joinIds),
      conversionIds: some(conversionIds),
      clickIds: some(clickIds),
    };
    return encode(topics.personErased, event, { source: SERVICE });
  });
}
