import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@clickjoin/contracts';
import { CLOCK } from '@clickjoin/service-kit';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ChannelDirectory } from '../channels/channel-directory';
import { ClickServiceConfig } from '../config';
import { ClickMetrics } from '../metrics';
import { RareLog } from '../rare-log';
import { LeasedLinks, type Held } from './leased-links';
import { LinkStockStore, type FallbackLink } from './link-stock.store';
import { MintingService, wishOf } from './minting.service';
import { linksToHold } from './refill-decision';
import { ownerKey, type LinkOwner, type StockLink } from './stock-link';

/** How often to look without a reason: the fallback of all wake-ups, and how other instances' links are noticed. */
const TICK_MS = 10_000;
const SETTLE_MS = 50;
/** After a lease that brought too little, visitors don't ask the database again before. */
const SHORT_PAUSE_MS = 1_000;
/** How long a visitor waits for leases that are under way. */
const LEASE_PATIENCE_MS = 500;
const CLEAN_EVERY_MS = 3_600_000;

/** Invite links for visitors: from memory, filled from the database, filled from Telegram. */
@Injectable()
export class LinkStock implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  /** Whose leases these are. A new one each start: what a crashed instance leased stays leased. */
  readonly instanceId = randomUUID();
  private readonly logger = new Logger(LinkStock.name);
  private readonly leased: LeasedLinks;
  private readonly fallbacks = new Map<string, FallbackLink>();
  private readonly toppingUp = new Map<string, Promise<void>>();
  private readonly pausedUntil = new Map<string, number>();
  /** Visitors without a link, by owner: the next lease must have some for them. */
  private readonly waiting = new Map<string, number>();
  private readonly warnings: RareLog;
  private timer: NodeJS.Timeout | undefined;
  private ticking: Promise<void> | undefined;
  private isTickDue = false;
  private cleanedAt = 0;
  private isClosing = false;

  constructor(
    private readonly store: LinkStockStore,
    private readonly minting: MintingService,
    private readonly directory: ChannelDirectory,
    private readonly config: ClickServiceConfig,
    private readonly metrics: ClickMetrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.leased = new LeasedLinks(clock, config.windowMs);
    this.warnings = new RareLog(60_000, clock);
    minting.listen({
      onStocked: (owner) => {
        this.pausedUntil.delete(ownerKey(owner));
        this.topUp(owner);
      },
      onFallback: (owner, link) => this.fallbacks.set(ownerKey(owner), link),
    });
  }

  /** A link that nobody was given before, and nobody will be again. No waiting, no database. */
  take(owner: LinkOwner): StockLink | undefined {
    const link = this.leased.take(owner);
    if (this.leased.held(owner) * 2 <= this.target(owner)) this.topUp(owner);
    return link;
  }

  /**
   * For when `take` had none: a burst may have outrun the lease that is under way, and a visitor who waits a moment
   * for it can be attributed, while one who gets the shared link can't.
   */
  async takeSoon(owner: LinkOwner): Promise<StockLink | undefined> {
    const key = ownerKey(owner);
    const patience = new AbortController();
    const late = sleep(LEASE_PATIENCE_MS, 'late' as const, { signal: patience.signal }).catch(
      () => 'in time' as const,
    );
    let link: StockLink | undefined;
    this.waiting.set(key, (this.waiting.get(key) ?? 0) + 1);
    // One lease may not be enough for all who wait for it; where the stock is empty none is under way.
    for (let isLate = false; link === undefined && !isLate;) {
      const leasing = this.toppingUp.get(key);
      if (leasing === undefined) break;
      isLate = (await Promise.race([leasing, late])) === 'late';
      link = this.leased.take(owner);
      if (link === undefined) this.topUp(owner);
    }
    this.waiting.set(key, (this.waiting.get(key) ?? 1) - 1);
    patience.abort();
    if (link === undefined) {
      const { chatId, botId } = owner;
      const times = this.warnings.due(`empty ${key}`);
      if (times !== undefined) {
        this.logger.warn({ chatId, botId, times }, 'no invite link in stock: visitors get the shared link');
      }
    }
    return link;
  }

  /** A link that was taken and not shown to anybody after all. */
  putBack(owner: LinkOwner, link: StockLink): void {
    if (!this.leased.add(owner, [link])) void this.giveBack([{ owner, links: [link] }]);
  }

  /** The link that visitors share when there is no other. */
  fallback(owner: LinkOwner): FallbackLink | undefined {
    return this.fallbacks.get(ownerKey(owner));
  }

  held(owner: LinkOwner): number {
    return this.leased.held(owner);
  }

  handedOut(owner: LinkOwner): number {
    return this.leased.handedOut(owner);
  }

  async onApplicationBootstrap(): Promise<void> {
    this.directory.onChange(() => this.tickSoon());
    // The first visitors shall find links, so the port opens after this.
    await this.tick();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.minting.close();
  }

  /** HTTP is closed by now: whatever is still here, nobody has seen. */
  async onApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    clearTimeout(this.timer);
    await this.ticking;
    await Promise.all(this.toppingUp.values());
    await this.giveBack(this.leased.close());
  }

  private target(owner: LinkOwner): number {
    return linksToHold(this.leased.demand(owner), this.config.leaseMin);
  }

  /** In the background, one lease for each channel at a time. */
  private topUp(owner: LinkOwner): void {
    const key = ownerKey(owner);
    if (this.isClosing || this.toppingUp.has(key)) return;
    if (this.clock.now() < (this.pausedUntil.get(key) ?? 0)) return;
    const wanted = this.target(owner) + (this.waiting.get(key) ?? 0) - this.leased.held(owner);
    if (wanted <= 0) return;
    const leasing = this.lease(owner, wanted).finally(() => this.toppingUp.delete(key));
    this.toppingUp.set(key, leasing);
  }

  private async lease(owner: LinkOwner, wanted: number): Promise<void> {
    const key = ownerKey(owner);
    try {
      const now = this.clock.now();
      const links = await this.store.lease(owner, this.instanceId, wanted, now, now + this.config.windowMs);
      if (!this.leased.add(owner, links)) await this.giveBack([{ owner, links }]);
      if (links.length < wanted) this.pausedUntil.set(key, this.clock.now() + SHORT_PAUSE_MS);
      this.minting.wake(owner.botId);
    } catch (error) {
      this.metrics.leaseFailures.inc();
      this.pausedUntil.set(key, this.clock.now() + SHORT_PAUSE_MS);
      this.warnAboutDatabase(error, 'no links could be leased; visitors live on what is in memory');
    }
  }

  private async giveBack(held: readonly Held[]): Promise<void> {
    const linkKeys = held.flatMap(({ links }) => links.map(({ linkKey }) => linkKey));
    if (linkKeys.length === 0) return;
    try {
      const count = await this.store.giveBack(this.instanceId, linkKeys);
      this.metrics.linksReturned.inc(count);
      this.logger.log({ links: count }, 'gave unused links back to the stock');
    } catch (error) {
      this.logger.warn(
        { err: error, links: linkKeys.length },
        'unused links could not go back; they will expire',
      );
    }
  }

  /** Soon and not at once: at a change of settings there are mostly several. */
  private tickSoon(): void {
    if (this.isTickDue) return;
    this.isTickDue = true;
    // The tick under way may have read the settings before the change; its end sees to the next one.
    if (this.ticking === undefined) this.tickAfter(SETTLE_MS);
  }

  private tickAfter(delayMs: number): void {
    if (this.isClosing) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.tick(), delayMs);
  }

  private async tick(): Promise<void> {
    this.isTickDue = false;
    this.ticking = this.look().catch((error: unknown) =>
      this.warnAboutDatabase(error, 'the link stock could not be looked after'),
    );
    await this.ticking;
    this.ticking = undefined;
    this.tickAfter(this.isAskedForTick() ? SETTLE_MS : TICK_MS);
  }

  private isAskedForTick(): boolean {
    return this.isTickDue;
  }

  private async look(): Promise<void> {
    const wishes = this.directory.all().map(wishOf);
    const owners = wishes.filter(({ wantsStock }) => wantsStock);
    await this.giveBack(this.leased.removeAllBut(owners));
    for (const owner of owners) {
      if (this.leased.held(owner) * 2 <= this.target(owner)) this.topUp(owner);
    }
    const unknown = wishes.filter((owner) => !this.fallbacks.has(ownerKey(owner)));
    if (unknown.length > 0) {
      for (const link of await this.store.fallbacks(unknown)) this.fallbacks.set(ownerKey(link), link);
    }
    await Promise.all(this.toppingUp.values());
    this.metrics.leased.set(owners.reduce((sum, owner) => sum + this.leased.held(owner), 0));
    this.minting.wakeAll();
    if (this.clock.now() - this.cleanedAt > CLEAN_EVERY_MS) {
      this.cleanedAt = this.clock.now();
      await this.store.removeExpired(this.clock.now());
    }
  }

  private warnAboutDatabase(error: unknown, what: string): void {
    const times = this.warnings.due(what);
    if (times !== undefined) this.logger.warn({ err: error, times }, what);
  }
}
