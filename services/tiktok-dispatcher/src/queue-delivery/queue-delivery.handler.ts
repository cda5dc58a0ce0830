import { Controller, Inject } from '@nestjs/common';
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
import { Outbox } from '@clickjoin/postgres';
import { CLOCK } from '@clickjoin/service-kit';
import { DataSource, type EntityManager } from 'typeorm';
import { deliveryUpdated } from '../delivery/delivery-updated';
import { DispatcherMetrics } from '../metrics';
import { SendWorker } from '../send/send.worker';
import { insertDeliveries, type NewDelivery } from './queue.store';
import { WakeAfterCommit } from './wake-after-commit';

/** Makes a delivery to each pixel of the conversion's site, due at once. */
@Controller()
export class QueueDeliveryHandler {
  private readonly wake: WakeAfterCommit;

  constructor(
    private readonly outbox: Outbox,
    private readonly metrics: DispatcherMetrics,
    @InjectTable(topics.pixel) private readonly pixels: SettingsTable<PixelConfigured>,
    @Inject(CLOCK) private readonly clock: Clock,
    dataSource: DataSource,
    worker: SendWorker,
  ) {
    this.wake = new WakeAfterCommit(dataSource, () => worker.wake());
  }

  @OnTopic(topics.conversionAttributed)
  async onConversionAttributed(
    @Payload() { messages }: Slice<ConversionAttributed>,
    @Ctx() { tx }: SliceContext<EntityManager>,
  ): Promise<Outcome[]> {
    const pixels = this.pixels.all();
    const wanted = messages.map(({ event }): NewDelivery[] =>
      pixels
        .filter(({ siteId }) => siteId === event.siteId)
        .map(({ pixelId }) => ({ conversion: event, pixelId })),
    );
    const inserted = await insertDeliveries(tx, wanted.flat(), this.clock.now());
    await this.outbox.add(
      tx,
      inserted.map((row) => deliveryUpdated(row)),
    );
    if (inserted.length > 0) this.wake.when(tx);
    this.metrics.queued.inc(inserted.length);

    const isNew = new Set(inserted.map(({ conversion_id }) => conversion_id));
    return messages.map(({ event }, index) => {
      if (wanted[index]?.length === 0) return this.skip('no-pixel');
      // Of two copies in one slice the second is called done too: it changed as little as a skipped one.
      return isNew.has(event.conversionId) ? done : this.skip('already-queued');
    });
  }

  private skip(reason: 'no-pixel' | 'already-queued'): Outcome {
    this.metrics.conversionsSkipped.inc({ reason });
    return skipped(reason);
  }
}
