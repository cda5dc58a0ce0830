import { encode, tombstoneOf, type Clock, type TopicDefinition } from '@clickjoin/contracts';
import { Outbox } from '@clickjoin/postgres';
import { CLOCK } from '@clickjoin/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { DashboardMetrics } from '../metrics';
import { SERVICE } from '../service-name';

/** A row's place in the order of its changes. */
export interface Revision {
  readonly version: number;
  readonly configuredAt: Date;
}

/**
 * Settings leave this service as events in compacted topics. A change is row, version and event in one transaction,
 * under the row's lock: otherwise two changes at once could publish the same version, or the older one last.
 */
@Injectable()
export class SettingsLog {
  constructor(
    private readonly dataSource: DataSource,
    private readonly outbox: Outbox,
    private readonly metrics: DashboardMetrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  change<R>(work: (tx: EntityManager) => Promise<R>): Promise<R> {
    return this.dataSource.transaction(work);
  }

  /**
   * Never earlier than before, even if the clock was set back: readers take the latest for the newest.
   * @param before the row's, read under its lock; undefined for a new row. A detected channel has no time yet.
   */
  next(before?: { version: number; configuredAt: Date | null }): Revision {
    const configuredAt = Math.max(this.clock.now(), before?.configuredAt?.getTime() ?? 0);
    return { version: (before?.version ?? 0) + 1, configuredAt: new Date(configuredAt) };
  }

  async publish<T extends object>(
    tx: EntityManager,
    topic: TopicDefinition<T>,
    events: readonly T[],
  ): Promise<void> {
    if (events.length === 0) return;
    await this.outbox.add(
      tx,
      events.map((event) => encode(topic, event, { source: SERVICE })),
    );
    this.count(topic, events.length);
  }

  /** A tombstone: whoever reads the topic as a table forgets the record, and compaction takes its older forms away. */
  async publishRemoval(tx: EntityManager, topic: TopicDefinition, key: string): Promise<void> {
    await this.outbox.add(tx, [tombstoneOf(topic, key, { source: SERVICE })]);
    this.count(topic, 1);
  }

  private count(topic: TopicDefinition, records: number): void {
    this.metrics.settingsPublished.inc({ kind: topic.name.split('.')[1] ?? topic.name }, records);
  }
}
