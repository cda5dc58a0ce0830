import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { topics, type ChannelConfigured, type Clock, type PixelConfigured } from '@clickjoin/contracts';
import { InjectTable, type SettingsTable } from '@clickjoin/kafka';
import { CLOCK, Lifecycle, WakeUp } from '@clickjoin/service-kit';
import { DispatcherConfig } from '../config';
import { DispatcherMetrics } from '../metrics';
import { PixelPauses } from '../pause-pixel/pixel-pauses';
import { Attempts, type FinishedAttempt } from './attempts';
import type { ClaimedDelivery } from './claimed-delivery';
import { InFlight } from './in-flight';
import { Sender } from './sender';

/** The longest sleep: for what other instances leave behind. All else wakes it or has a timer. */
const POLL_MS = 5_000;
/** Pauses and lapsed leases are looked after at most this often, however much is sent. */
const UPKEEP_MS = 1_000;
const MAX_FAILURE_PAUSE_MS = 5_000;
/** At shutdown, how often answers are tried to be written down before they are left to the lease. */
const LAST_TRIES = 3;

/**
 * One loop: write down what has been answered, take what is due, send it, sleep until one of them changes. Only the
 * loop talks to the database, so answers that come in while it does go into the next transaction together.
 */
@Injectable()
export class SendWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(SendWorker.name);
  private readonly wakeUp = new WakeUp();
  private readonly inFlight: InFlight;
  private readonly sending = new Set<Promise<void>>();
  private finished: FinishedAttempt[] = [];
  private upkeepAt = 0;
  private failures = 0;
  private readonly stop = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly attempts: Attempts,
    private readonly sender: Sender,
    private readonly pauses: PixelPauses,
    private readonly metrics: DispatcherMetrics,
    lifecycle: Lifecycle,
    config: DispatcherConfig,
    @InjectTable(topics.pixel) private readonly pixels: SettingsTable<PixelConfigured>,
    @InjectTable(topics.channel) private readonly channels: SettingsTable<ChannelConfigured>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.inFlight = new InFlight(config.maxInFlight, config.maxInFlightPerPixel);
    pixels.onChange(() => {
      this.upkeepAt = 0;
      this.wakeUp.now();
    });
    this.stop.signal.addEventListener('abort', () => this.wakeUp.now());
    lifecycle.stopping.addEventListener('abort', () => this.stop.abort());
  }

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  /** Before anything closes that is needed to write the last answers down. */
  async onModuleDestroy(): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  /** Something may be due. */
  wake(): void {
    this.wakeUp.now();
  }

  private async run(): Promise<void> {
    const stopped = new Promise<void>((resolve) =>
      this.stop.signal.addEventListener('abort', () => resolve()),
    );
    // With half of the settings an event would be frozen under the wrong name.
    await Promise.race([Promise.all([this.pixels.ready, this.channels.ready]), stopped]);
    while (!this.stop.signal.aborted) {
      await this.wakeUp.within(await this.passSafely());
    }
    await this.drain();
  }

  /** @returns how long to sleep */
  private async passSafely(): Promise<number> {
    try {
      const waitMs = await this.pass();
      this.failures = 0;
      return waitMs;
    } catch (error) {
      this.metrics.passFailures.inc();
      this.logger.error({ err: error }, 'a round of the send worker failed; it is repeated');
      await new Promise((resolve) =>
        setTimeout(resolve, Math.min(MAX_FAILURE_PAUSE_MS, 250 * 2 ** this.failures++)),
      );
      return 0;
    }
  }

  private async pass(): Promise<number> {
    await this.settleFinished();
    let hasMore = false;
    if (performance.now() >= this.upkeepAt) {
      // First, so that a change during the upkeep asks for another one.
      this.upkeepAt = performance.now() + UPKEEP_MS;
      const moreLapsed = await this.attempts.recoverLapsed();
      const morePaused = await this.pauses.keepUp();
      hasMore = moreLapsed || morePaused;
      if (hasMore) this.upkeepAt = 0;
    }
    const pixelIds = this.pixels
      .all()
      .filter(({ isPaused }) => !isPaused)
      .map(({ pixelId }) => pixelId);
    const { claimed, ended } = await this.attempts.claim(
      this.inFlight.slotsFor(pixelIds),
      this.inFlight.free,
    );
    for (const delivery of claimed) this.begin(delivery);
    // Nobody wakes for what is due already: behind those that ended unsent there may be more.
    if (hasMore || ended > 0 || this.finished.length > 0) return 0;
    const dueInMs = await this.attempts.waitUntilDue();
    return Math.ceil(Math.min(POLL_MS, dueInMs ?? POLL_MS));
  }

  private begin(claimed: ClaimedDelivery): void {
    const { pixelId } = claimed.pixel;
    this.inFlight.begin(pixelId);
    this.metrics.inFlight.set(this.inFlight.total);
    const sending = this.sender.send(claimed).then((answer) => {
      this.finished.push({ claimed, answer, endedAt: this.clock.now() });
      this.sending.delete(sending);
      this.wakeUp.now();
    });
    this.sending.add(sending);
  }

  /** The slots are free again only when the answers are safe: without the database nothing more is sent. */
  private async settleFinished(): Promise<void> {
    // A copy: more answers come in while these are written.
    const batch = [...this.finished];
    await this.attempts.settle(batch);
    this.finished = this.finished.slice(batch.length);
    for (const { claimed } of batch) this.inFlight.end(claimed.pixel.pixelId);
    this.metrics.inFlight.set(this.inFlight.total);
  }

  private async drain(): Promise<void> {
    await Promise.all(this.sending);
    for (let tries = 1; this.finished.length > 0; tries++) {
      try {
        await this.settleFinished();
      } catch (error) {
        this.logger.error({ err: error, tries }, 'answers could not be written down');
        if (tries === LAST_TRIES) return;
      }
    }
  }
}
