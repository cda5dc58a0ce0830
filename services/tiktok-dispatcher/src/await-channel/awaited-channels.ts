import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@clickjoin/contracts';
import { Outbox } from '@clickjoin/postgres';
import { CLOCK } from '@clickjoin/service-kit';
import { DataSource } from 'typeorm';
import { deliveryUpdated } from '../delivery/delivery-updated';
import { DispatcherMetrics } from '../metrics';
import { readAwaitedChats, RELEASE_CHUNK, releaseForChannels } from './awaited-channels.store';
import { KnownChannels } from './known-channels';

/** Lets deliveries go that waited for their channel's set-up. */
@Injectable()
export class AwaitedChannels {
  constructor(
    private readonly dataSource: DataSource,
    private readonly outbox: Outbox,
    private readonly metrics: DispatcherMetrics,
    private readonly channels: KnownChannels,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Asked all the time and not only after a change, which may have come just before the delivery was held.
   * @returns whether there may be more
   */
  async keepUp(): Promise<boolean> {
    const awaited = await readAwaitedChats(this.dataSource.manager);
    const known = awaited.flatMap((chatId) => {
      const channel = this.channels.of(chatId);
      return channel === undefined ? [] : [{ chatId, channel }];
    });
    if (known.length === 0) return false;
    return this.dataSource.transaction(async (tx) => {
      const released = await releaseForChannels(tx, known, this.clock.now());
      await this.outbox.add(
        tx,
        released.map((row) => deliveryUpdated(row)),
      );
      for (const { state } of released) this.metrics.states.inc({ state });
      return released.length === RELEASE_CHUNK;
    });
  }
}
