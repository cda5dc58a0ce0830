import { Injectable } from '@nestjs/common';
import { AwaitedChannels } from '../await-channel/awaited-channels';
import { Erasures } from '../erase/erasures';
import { DispatcherMetrics } from '../metrics';
import { PixelPauses } from '../pause-pixel/pixel-pauses';
import { Overdue } from './overdue';
import { Settlements } from './settlements';

/** Pauses, lapsed leases and what waits too long are looked after at most this often, however much is sent. */
const EVERY_MS = 1_000;

/** What the send loop does besides sending, now and then. */
@Injectable()
export class Upkeep {
  private nextAt = 0;

  constructor(
    private readonly settlements: Settlements,
    private readonly pauses: PixelPauses,
    private readonly channels: AwaitedChannels,
    private readonly overdue: Overdue,
    private readonly erasures: Erasures,
    private readonly metrics: DispatcherMetrics,
  ) {}

  /** The next round does it. */
  hasten(): void {
    this.nextAt = 0;
  }

  /** @returns whether there is more to do */
  async keepUp(): Promise<boolean> {
    if (performance.now() < this.nextAt) return false;
    // First, so that a change during the upkeep asks for another one.
    this.nextAt = performance.now() + EVERY_MS;
    const moreLapsed = await this.settlements.recoverLapsed();
    const morePaused = await this.pauses.keepUp();
    const moreKnown = await this.channels.keepUp();
    const moreOverdue = await this.overdue.end();
    const moreToErase = await this.erasures.keepUp();
    const hasMore = moreLapsed || morePaused || moreKnown || moreOverdue || moreToErase;
    this.metrics.upkeeps.inc();
    if (hasMore) this.nextAt = 0;
    return hasMore;
  }
}
