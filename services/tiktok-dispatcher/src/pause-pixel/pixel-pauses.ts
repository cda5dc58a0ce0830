import { Inject, Injectable, Logger } from '@nestjs/common';
import { topics, type Clock, type PixelConfigured } from '@clickjoin/contracts';
import { InjectTable, type SettingsTable } from '@clickjoin/kafka';
import { Outbox } from '@clickjoin/postgres';
import { CLOCK } from '@clickjoin/service-kit';
import { DataSource, type EntityManager } from 'typeorm';
import type { DeliveryRow } from '../delivery/delivery-row';
import { deliveryUpdated } from '../delivery/delivery-updated';
import { DispatcherMetrics } from '../metrics';
import { decidePause, PAUSED_BY_HAND } from './decide-pause';
import { endPause, holdDue, PAUSE_CHUNK, pausePixel, readPauses, releaseHeld } from './pixel-pauses.store';

/** Keeps pauses in step with the pixels' settings, and deliveries in step with the pauses. */
@Injectable()
export class PixelPauses {
  private readonly logger = new Logger(PixelPauses.name);
  /** Pixels whose held deliveries may go. At start all: an earlier process may have ended between the two steps. */
  private released: Set<string> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly outbox: Outbox,
    private readonly metrics: DispatcherMetrics,
    @InjectTable(topics.pixel) private readonly pixels: SettingsTable<PixelConfigured>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Begins and ends pauses as the settings say, then holds what is due and paused, and lets go what is held and isn't.
   * @returns whether there is more to do
   */
  async keepUp(): Promise<boolean> {
    const pixels = this.pixels.all();
    this.released ??= new Set(pixels.map(({ pixelId }) => pixelId));
    await this.followSettings(pixels, this.released);
    const held = await this.move((tx, now) => holdDue(tx, now));
    const { released } = this;
    if (released.size === 0) return held === PAUSE_CHUNK;
    const freed = await this.move((tx, now) => releaseHeld(tx, [...released], now));
    if (freed < PAUSE_CHUNK) this.released = new Set();
    return held === PAUSE_CHUNK || freed === PAUSE_CHUNK;
  }

  private async followSettings(pixels: readonly PixelConfigured[], released: Set<string>): Promise<void> {
    const { manager } = this.dataSource;
    const pauses = new Map((await readPauses(manager)).map((pause) => [pause.pixelId, pause]));
    for (const pixel of pixels) {
      const { pixelId, version } = pixel;
      const decision = decidePause(pixel, pauses.get(pixelId));
      if (decision === 'pause') {
        const pause = { pixelId, settingsVersion: version, cause: 'by-hand' } as const;
        await pausePixel(manager, pause, PAUSED_BY_HAND, this.clock.now());
        this.logger.log({ pixelId, version }, 'pixel paused by hand');
      }
      if (decision === 'release' && (await endPause(manager, pixelId, version))) {
        released.add(pixelId);
        this.logger.log({ pixelId, version }, 'pixel resumed: it has new settings');
      }
    }
  }

  private async move(
    change: (tx: EntityManager, now: number) => Promise<readonly DeliveryRow[]>,
  ): Promise<number> {
    return this.dataSource.transaction(async (tx) => {
      const rows = await change(tx, this.clock.now());
      await this.outbox.add(
        tx,
        rows.map((row) => deliveryUpdated(row)),
      );
      for (const { state } of rows) this.metrics.states.inc({ state });
      return rows.length;
    });
  }
}
