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
import { holdDue, PAUSE_CHUNK, releaseHeld } from './held-deliveries.store';
import {
  deletePause,
  insertPause,
  readPauses,
  type PauseReasons,
  type PauseToEnd,
} from './pixel-pauses.store';
import { pixelPaused, pixelResumed } from './pixel-state-changed';

export const RESUMED = {
  newSettings: 'The pixel has new settings, and is sent to again.',
  byHand: 'The pixel was resumed, and is sent to again.',
  testAccepted: 'TikTok accepted a test event, so the pixel is sent to again.',
} as const;

/** Keeps pauses in step with the pixels' settings, and deliveries in step with the pauses. */
@Injectable()
export class PixelPauses {
  private readonly logger = new Logger(PixelPauses.name);

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
    const paused = await this.followSettings(pixels);
    const held = paused.size === 0 ? 0 : await this.move((tx, now) => holdDue(tx, now));
    const active = pixels.flatMap(({ pixelId }) => (paused.has(pixelId) ? [] : [pixelId]));
    const freed = active.length === 0 ? 0 : await this.move((tx, now) => releaseHeld(tx, active, now));
    return held === PAUSE_CHUNK || freed === PAUSE_CHUNK;
  }

  /** TikTok refused the token or the pixel, as they were in these settings. */
  async refuse(tx: EntityManager, pixel: PixelConfigured, reasons: PauseReasons): Promise<void> {
    await this.pause(tx, pixel, 'refused', reasons);
  }

  /**
   * Ends TikTok's refusal: of these settings or earlier ones, since later ones were not tried.
   * @returns whether there was one
   */
  async resume(pixel: PixelConfigured, explanation: string): Promise<boolean> {
    return this.end(pixel, { refusedUpTo: pixel.version }, explanation);
  }

  private async followSettings(pixels: readonly PixelConfigured[]): Promise<ReadonlySet<string>> {
    const pauses = new Map(
      (await readPauses(this.dataSource.manager)).map((pause) => [pause.pixelId, pause]),
    );
    const paused = new Set(pauses.keys());
    for (const pixel of pixels) {
      const { pixelId, version } = pixel;
      const decision = decidePause(pixel, pauses.get(pixelId));
      if (decision === 'pause') {
        await this.dataSource.transaction((tx) =>
          this.pause(tx, pixel, 'by-hand', { explanation: PAUSED_BY_HAND }),
        );
        paused.add(pixelId);
      }
      if (decision === 'release' && (await this.end(pixel, { olderThan: version }, RESUMED.newSettings))) {
        paused.delete(pixelId);
      }
    }
    return paused;
  }

  private async pause(
    tx: EntityManager,
    pixel: PixelConfigured,
    cause: 'by-hand' | 'refused',
    reasons: PauseReasons,
  ): Promise<void> {
    const { pixelId, version } = pixel;
    const now = this.clock.now();
    if (!(await insertPause(tx, { pixelId, settingsVersion: version, cause }, reasons, now))) return;
    await this.outbox.add(tx, [pixelPaused(pixel, cause, reasons, now)]);
    this.logger.warn({ pixelId, version, cause, code: reasons.code }, 'pixel paused');
  }

  private async end(pixel: PixelConfigured, which: PauseToEnd, explanation: string): Promise<boolean> {
    const { pixelId, version } = pixel;
    const isEnded = await this.dataSource.transaction(async (tx) => {
      if (!(await deletePause(tx, pixelId, which))) return false;
      await this.outbox.add(tx, [pixelResumed(pixel, explanation, this.clock.now())]);
      return true;
    });
    if (isEnded) this.logger.log({ pixelId, version }, explanation);
    return isEnded;
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
