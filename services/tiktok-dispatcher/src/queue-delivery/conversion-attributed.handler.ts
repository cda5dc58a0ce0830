import { Controller, Inject, Logger } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { topics, type Clock, type ConversionAttributed, type PixelConfigured } from '@clickjoin/contracts';
import {
  done,
  InjectTable,
  OnTopic,
  skipped,
  type Outcome,
  type SettingsTable,
  type Slice,
  type SliceContext,
} from '@clickjoin/kafka';
import { AfterCommit, Outbox } from '@clickjoin/postgres';
import { CLOCK } from '@clickjoin/service-kit';
import { DataSource, type EntityManager } from 'typeorm';
import { KnownChannels } from '../await-channel/known-channels';
import { DispatcherConfig } from '../config';
import type { DeliveryRow } from '../delivery/delivery-row';
import { deliveryUpdated } from '../delivery/delivery-updated';
import { DispatcherMetrics } from '../metrics';
import type { RetryRules } from '../retry-policy/retry-policy';
import { rulesOf } from '../retry-policy/rules-of';
import { SendWorker } from '../send/send.worker';
import { decideEntry } from './decide-entry';
import { insertDeliveries, readFirstStart, type NewDelivery } from './queue.store';

/** Makes a delivery to each pixel of the conversion's site, due at once unless it may be a repetition. */
@Controller()
export class ConversionAttributedHandler {
  private readonly logger = new Logger(ConversionAttributedHandler.name);
  private readonly afterCommit: AfterCommit;
  private readonly rules: RetryRules;
  private readonly restoredAt: number;

  constructor(
    private readonly outbox: Outbox,
    private readonly metrics: DispatcherMetrics,
    @InjectTable(topics.pixel) private readonly pixels: SettingsTable<PixelConfigured>,
    private readonly channels: KnownChannels,
    @Inject(CLOCK) private readonly clock: Clock,
    config: DispatcherConfig,
    dataSource: DataSource,
    worker: SendWorker,
  ) {
    this.rules = rulesOf(config);
    this.restoredAt = Date.parse(config.holdConversionsLoggedBefore);
    this.afterCommit = new AfterCommit(dataSource, () => worker.wake());
  }

  @OnTopic(topics.conversionAttributed)
  async onConversionAttributed(
    @Payload() { messages }: Slice<ConversionAttributed>,
    @Ctx() { tx }: SliceContext<EntityManager>,
  ): Promise<Outcome[]> {
    const pixels = this.pixels.all();
    const knownSince = Math.max(await readFirstStart(tx), this.restoredAt);
    const now = this.clock.now();
    const wanted = messages.map(({ event, timestamp }): NewDelivery[] => {
      const entry = decideEntry(timestamp, knownSince, now, this.rules);
      const channel = this.channels.of(event.chatId);
      return pixels
        .filter(({ siteId }) => siteId === event.siteId)
        .map(({ pixelId }) => ({ conversion: event, pixelId, channel, loggedAt: timestamp, entry }));
    });
    const inserted = await insertDeliveries(tx, wanted.flat(), now);
    await this.outbox.add(
      tx,
      inserted.map((row) => deliveryUpdated(row)),
    );
    if (inserted.length > 0) this.afterCommit.of(tx);
    this.count(inserted);

    const isNew = new Set(inserted.map(({ conversion_id }) => conversion_id));
    return messages.map(({ event }, index) => {
      if (wanted[index]?.length === 0) return this.skip('no-pixel');
      // Of two copies in one slice the second is called done too: it changed as little as a skipped one.
      return isNew.has(event.conversionId) ? done : this.skip('already-queued');
    });
  }

  private count(inserted: readonly DeliveryRow[]): void {
    const held = inserted.filter(({ state }) => state === 'held').length;
    this.metrics.queued.inc(inserted.length - held);
    if (held === 0) return;
    this.metrics.heldRepeats.inc(held);
    this.logger.warn({ deliveries: held }, 'held: they may have been sent before the database was lost');
  }

  private skip(reason: 'no-pixel' | 'already-queued'): Outcome {
    this.metrics.conversionsSkipped.inc({ reason });
    return skipped(reason);
  }
}
