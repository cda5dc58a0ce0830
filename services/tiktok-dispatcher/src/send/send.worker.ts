import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { topics, type Clock, type PixelConfigured } from '@clickjoin/contracts';
import { InjectTable, type SettingsTable } from '@clickjoin/kafka';
import { CLOCK, Lifecycle, WakeUp } from '@clickjoin/service-kit';
import { KnownChannels } from '../await-channel/known-channels';
import { DispatcherConfig } from '../config';
import { DispatcherMetrics } from '../metrics';
import { Presence } from '../presence/presence';
import { Claims, type Claim } from './claims';
import type { ClaimedRequest, FinishedRequest } from './claimed-request';
import { PixelFlow } from './pixel-flow';
import { Probes } from './probes';
import { RequestSender } from './request-sender';
import { isProperAnswer, Settlements } from './settlements';
import { Upkeep } from './upkeep';

/** The longest sleep: for what other instances leave behind. All else wakes it or has a timer. */
const POLL_MS = 2_000;
/** As long as another instance may be gone. */
const SUSPICIOUS_POLL_MS = 500;
/** A pixel without permits is looked at again after this at the latest. */
const LONGEST_LIMIT_MS = 5_000;
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
  private readonly flow: PixelFlow;
  private readonly probes = new Probes();
  private readonly sending = new Set<Promise<void>>();
  private finished: FinishedRequest[] = [];
  private failures = 0;
  private readonly stop = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly claims: Claims,
    private readonly settlements: Settlements,
    private readonly sender: RequestSender,
    private readonly upkeep: Upkeep,
    private readonly presence: Presence,
    private readonly metrics: DispatcherMetrics,
    lifecycle: Lifecycle,
    config: DispatcherConfig,
    @InjectTable(topics.pixel) private readonly pixels: SettingsTable<PixelConfigured>,
    private readonly channels: KnownChannels,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.flow = new PixelFlow(config.maxInFlight, config.maxInFlightPerPixel, () => performance.now());
    pixels.onChange(() => this.wakeForUpkeep());
    channels.onChange(() => this.wakeForUpkeep());
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

  /** A pixel may be paused or resumed, a channel set up. */
  wakeForUpkeep(): void {
    this.upkeep.hasten();
    this.wakeUp.now();
  }

  private async run(): Promise<void> {
    const stopped = new Promise<void>((resolve) =>
      this.stop.signal.addEventListener('abort', () => resolve()),
    );
    // With half of the settings a paused pixel would be sent to, and events be held for channels that are known.
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
    if (!this.presence.isProven()) await this.presence.prove();
    const hasMoreUpkeep = await this.upkeep.keepUp();
    await this.sendProbes();
    const slots = this.flow.slotsFor(this.activePixelIds());
    const claim = await this.claims.claimDue(slots, this.flow.free);
    this.beginAll(claim);
    // Nobody wakes for what is due already.
    if (hasMoreUpkeep || claim.hasMore || this.finished.length > 0) return 0;
    const dueInMs = await this.claims.waitUntilDue();
    const pollMs = this.presence.isSuspicious ? SUSPICIOUS_POLL_MS : POLL_MS;
    return Math.ceil(Math.min(pollMs, dueInMs ?? pollMs, this.flow.nextInMs() ?? pollMs));
  }

  private activePixelIds(): string[] {
    return this.pixels
      .all()
      .filter(({ isPaused }) => !isPaused)
      .map(({ pixelId }) => pixelId);
  }

  /** Parts of refused batches go before what is merely due: the good events in them have waited once already. */
  private async sendProbes(): Promise<void> {
    for (const { pixelId, requests } of this.flow.slotsFor(this.probes.pixelIds())) {
      for (const probe of this.probes.take(pixelId, requests)) {
        const claim = await this.claims.claimProbe(probe);
        this.beginAll(claim);
        if (claim.limited.length > 0) this.probes.putBack(pixelId, probe);
        else if (claim.requests.length === 0) this.probes.gone(pixelId, probe);
      }
    }
  }

  private beginAll({ requests, limited }: Claim): void {
    for (const request of requests) this.begin(request);
    for (const { pixelId, ms } of limited)
      this.flow.block(pixelId, Math.min(LONGEST_LIMIT_MS, Math.max(1, ms / 2)));
  }

  private begin(request: ClaimedRequest): void {
    this.flow.begin(request.pixel.pixelId);
    this.metrics.inFlight.set(this.flow.total);
    const sending = this.sender.send(request).then((answer) => {
      this.finished.push({ request, answer, endedAt: this.clock.now() });
      this.sending.delete(sending);
      this.wakeUp.now();
    });
    this.sending.add(sending);
  }

  /** The slots are free again only when the answers are safe: without the database nothing more is sent. */
  private async settleFinished(): Promise<void> {
    // A copy: more answers come in while these are written.
    const batch = [...this.finished];
    const settled = await this.settlements.settle(batch);
    this.finished = this.finished.slice(batch.length);
    for (const one of settled) {
      const { pixel } = one.finished.request;
      this.flow.end(pixel.pixelId, isProperAnswer(one));
      this.probes.onSettled(one);
    }
    this.metrics.inFlight.set(this.flow.total);
    await this.settlements.throttle(settled);
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
