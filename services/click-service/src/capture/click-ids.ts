import type { Clock } from '@clickjoin/contracts';
import { CLOCK } from '@clickjoin/service-kit';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ClickServiceConfig } from '../config';
import { ClickMetrics } from '../metrics';
import { RareLog } from '../rare-log';
import type { Captured } from './capture.service';
import { ClickIdStore } from './click-id.store';
import type { WayIn } from './ways-in';

/** A clickId of a caller's, and where its visitor is led: once and for all, as far as it is kept. */
export interface ClaimedClick {
  readonly clickId: string;
  readonly chatId: string;
  readonly capturedAt: string;
  readonly way: WayIn;
}

interface Known {
  readonly chatId: string;
  readonly captured: Promise<Captured>;
}

interface Waiting {
  readonly claim: ClaimedClick;
  readonly resolve: (claim: ClaimedClick) => void;
}

/** About 40 MB when full; of whom is forgotten the database still knows. */
const MOST = 100_000;
/** As many rows as one statement takes without growing slow. */
const MOST_AT_ONCE = 500;
/** What a caller waits for the database, before the link is given without it. */
const PATIENCE_MS = 500;
/** After a failure, how long the database isn't asked. */
const PAUSE_MS = 2_000;
const CLEAN_EVERY_MS = 600_000;

/**
 * Makes calls with a clickId repeatable: the first to claim an id decides where it leads, at whichever instance, and
 * every later call is led there. In memory first, then in PostgreSQL, where claims that come together are written
 * together. While PostgreSQL is away the promise holds within one instance: turning the visitor away would be worse.
 */
@Injectable()
export class ClickIds implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ClickIds.name);
  private readonly known: LRUCache<string, Known>;
  private readonly warnings: RareLog;
  private waiting: Waiting[] = [];
  private isWriting = false;
  private awayUntil = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: ClickIdStore,
    private readonly config: ClickServiceConfig,
    private readonly metrics: ClickMetrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.known = new LRUCache({
      max: MOST,
      ttl: config.clickIdKeptMs,
      ttlResolution: 0,
      perf: { now: () => clock.now() },
    });
    this.warnings = new RareLog(10_000, clock);
  }

  /** What this instance has answered, or is about to. */
  find(clickId: string): Known | undefined {
    return this.known.get(clickId);
  }

  remember(clickId: string, known: Known): void {
    this.known.set(clickId, known);
  }

  /** @param known stays when another has taken its place since */
  forget(clickId: string, known: Known): void {
    if (this.known.get(clickId) === known) this.known.delete(clickId);
  }

  /** @returns the claim that stands: this one, or that of whoever came first */
  claim(claim: ClaimedClick): Promise<ClaimedClick> {
    if (this.clock.now() < this.awayUntil || this.waiting.length >= this.config.maxInFlight) {
      this.metrics.claims.inc({ result: 'unavailable' });
      return Promise.resolve(claim);
    }
    return new Promise((resolve) => {
      this.waiting.push({ claim, resolve });
      if (!this.isWriting) void this.write();
    });
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.clean(), CLEAN_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async write(): Promise<void> {
    this.isWriting = true;
    // One turn of the event loop: callers of the same moment, and of the same batch, share a statement.
    await new Promise((resolve) => setImmediate(resolve));
    for (let batch = this.next(); batch.length > 0; batch = this.next()) await this.writeBatch(batch);
    this.isWriting = false;
  }

  private next(): Waiting[] {
    return this.waiting.splice(0, MOST_AT_ONCE);
  }

  private async writeBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const earlier = await this.inTime(
        this.store.claim(
          batch.map(({ claim }) => claim),
          this.clock.now(),
        ),
      );
      for (const { claim, resolve } of batch) {
        const first = earlier.get(claim.clickId);
        this.metrics.claims.inc({ result: first === undefined ? 'new' : 'known' });
        resolve(first ?? claim);
      }
    } catch (error) {
      this.awayUntil = this.clock.now() + PAUSE_MS;
      const times = this.warnings.due();
      if (times !== undefined) {
        this.logger.warn({ err: error, times }, 'clickIds are known at this instance only');
      }
      this.metrics.claims.inc({ result: 'unavailable' }, batch.length);
      for (const { claim, resolve } of batch) resolve(claim);
    }
  }

  private async inTime<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('the database did not answer in time')), PATIENCE_MS);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async clean(): Promise<void> {
    try {
      const before = this.clock.now() - this.config.clickIdKeptMs;
      while ((await this.store.removeBefore(before)) > 0);
    } catch (error) {
      this.logger.warn({ err: error }, 'old clickIds could not be removed; trying again');
    }
  }
}
