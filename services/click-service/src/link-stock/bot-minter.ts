import { FALLBACK_LINK_NAME, linkKeyOf, TRACKED_LINK_NAME, type Clock } from '@clickjoin/contracts';
import type { Random } from '@clickjoin/service-kit';
import { TelegramRefused, TelegramThrottled, type TelegramClient } from '@clickjoin/telegram';
import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { ClickMetrics } from '../metrics';
import type { ChannelStock, FallbackLink, LinkStockStore, Session, StockWish } from './link-stock.store';
import { pauseAfter } from './mint-backoff';
import { withMintLock } from './mint-lock';
import { MintPace } from './mint-pace';
import { planMinting, type MintOrder, type MintPlan } from './mint-plan';
import { NoToken } from './no-token';
import type { StockPolicy } from './refill-decision';
import { ownerKey, type LinkOwner, type StockLink } from './stock-link';

export interface MintSettings {
  readonly policy: StockPolicy;
  readonly shelfLifeMs: number;
  readonly windowMs: number;
  readonly perSecond: number;
}

/** What a minter asks of the rest, at each plan anew: settings change while it works. */
export interface MintSource {
  /** Channels that this bot makes links for. */
  wishesOf(botId: string): readonly StockWish[];
  /** @throws when the token can't be opened with SECRET_KEYS */
  tokenOf(botId: string): string | undefined;
  onStocked(owner: LinkOwner): void;
  onFallback(owner: LinkOwner, link: FallbackLink): void;
}

export interface MinterOptions {
  readonly botId: string;
  readonly settings: MintSettings;
  readonly source: MintSource;
  readonly telegram: Pick<TelegramClient, 'createChatInviteLink'>;
  readonly store: LinkStockStore;
  readonly dataSource: DataSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: ClickMetrics;
  readonly stopping: AbortSignal;
}

interface Minted {
  readonly order: MintOrder;
  readonly link: StockLink;
}
interface Failed {
  readonly order: MintOrder;
  readonly failure: unknown;
}

/** Calls that are out at once. Telegram takes 200 to 500 ms for one (reference §4.2). */
const CONCURRENCY = 4;
/** One plan reaches this far: other instances lease meanwhile, and settings change. */
const PLANNED = 40;

/** Keeps the links of one bot's channels between their marks. At most one instance does it at a time. */
export class BotMinter {
  private readonly logger = new Logger(BotMinter.name);
  private readonly pace: MintPace;
  private filling: ReadonlySet<string> = new Set();

  constructor(private readonly options: MinterOptions) {
    this.pace = new MintPace(options.settings.perSecond, options.clock);
  }

  get linksPerSecond(): number {
    return this.pace.linksPerSecond;
  }

  /**
   * Mints until nothing is missing, or all that is missing is paused.
   * @returns when to look again at the latest (ms since the epoch); undefined: when stock is taken
   */
  async fill(): Promise<number | undefined> {
    // Most looks find nothing to do, and need no lock for that.
    const first = await this.plan();
    if (first.orders.length === 0) return first.retryAt;
    let retryAt: number | undefined;
    await withMintLock(this.options.dataSource, this.options.botId, async (session) => {
      for (let plan = await this.plan(session); ; plan = await this.plan(session)) {
        retryAt = plan.retryAt;
        if (plan.orders.length === 0 || this.isStopping()) return;
        await this.carryOut(plan.orders, session);
      }
    });
    return retryAt;
  }

  private isStopping(): boolean {
    return this.options.stopping.aborted;
  }

  private async plan(session?: Session): Promise<MintPlan> {
    const { clock, settings } = this.options;
    const now = clock.now();
    const plan = planMinting(await this.stocks(session), settings.policy, this.filling, now, PLANNED);
    this.filling = plan.filling;
    return plan;
  }

  private async stocks(session?: Session): Promise<ChannelStock[]> {
    const { botId, source, clock, store, settings } = this.options;
    const wishes = source.wishesOf(botId);
    const now = clock.now();
    if (wishes.length === 0) return [];
    return store.stockOf(botId, wishes, now, now + settings.windowMs, session);
  }

  /** In rounds; the first failure ends it, since the next plan must know the pause. */
  private async carryOut(orders: readonly MintOrder[], session: Session): Promise<void> {
    const token = this.token();
    if (token instanceof NoToken) {
      return this.pause(
        orders.slice(0, 1).map((order) => ({ order, failure: token })),
        session,
      );
    }
    for (let done = 0; done < orders.length; done += CONCURRENCY) {
      const round = orders.slice(done, done + CONCURRENCY);
      await sleep(this.pace.reserve(round.length), undefined, { signal: this.options.stopping }).catch(
        () => undefined,
      );
      if (this.isStopping()) return;
      const results = await Promise.all(round.map((order) => this.mint(order, token)));
      await this.keep(
        results.filter((result) => 'link' in result),
        session,
      );
      const failures = results.filter((result) => 'failure' in result);
      if (this.isStopping()) return;
      if (failures.length > 0) return this.pause(failures, session);
    }
  }

  private token(): string | NoToken {
    const { botId, source } = this.options;
    try {
      return source.tokenOf(botId) ?? new NoToken('this bot is not set up');
    } catch (error) {
      // Its message names the key and the record, never the secret.
      return new NoToken(error instanceof Error ? error.message : 'the token does not open');
    }
  }

  private async mint(order: MintOrder, token: string): Promise<Minted | Failed> {
    const { settings, telegram, clock, metrics } = this.options;
    const { shelfLifeMs, windowMs } = settings;
    const expiresAt = Math.floor((clock.now() + shelfLifeMs + windowMs) / 1_000) * 1_000;
    const stopTimer = metrics.mintSeconds.startTimer();
    try {
      const url = await telegram.createChatInviteLink(token, {
        chatId: order.chatId,
        name: order.kind === 'fallback' ? FALLBACK_LINK_NAME : TRACKED_LINK_NAME,
        expiresAtSeconds: order.kind === 'fallback' ? undefined : expiresAt / 1_000,
        createsJoinRequest: order.form === 'request',
      });
      const linkKey = linkKeyOf(url);
      if (linkKey === undefined) throw new Error('Telegram gave a link that is none');
      this.pace.succeeded();
      metrics.mintCalls.inc({ result: 'minted' });
      return { order, link: { url, linkKey, expiresAt } };
    } catch (failure) {
      if (failure instanceof TelegramThrottled) this.pace.throttled();
      metrics.mintCalls.inc({ result: resultOf(failure) });
      return { order, failure };
    } finally {
      stopTimer();
    }
  }

  private async keep(minted: readonly Minted[], session: Session): Promise<void> {
    const { store, source, clock } = this.options;
    const now = clock.now();
    for (const [owner, links] of byOwner(minted.filter(({ order }) => order.kind === 'stock'))) {
      await store.add(session, owner, links, now);
      await store.clearFailure(session, owner);
      source.onStocked(owner);
    }
    for (const { order, link } of minted.filter(({ order }) => order.kind === 'fallback')) {
      await store.addFallback(session, order, link, now);
      source.onFallback(order, link);
    }
  }

  private async pause(failed: readonly Failed[], session: Session): Promise<void> {
    const { botId, store, clock, random } = this.options;
    const now = clock.now();
    const stocks = await this.stocks(session);
    // One failure for each channel of the round: four calls that fail together are one reason to wait.
    const byChannel = new Map(failed.map((failure) => [ownerKey(failure.order), failure]));
    for (const { order, failure } of byChannel.values()) {
      const known = stocks.find((stock) => ownerKey(stock) === ownerKey(order));
      const failures = (known?.failure?.failures ?? 0) + 1;
      const { pauseMs, scope } = pauseAfter(failure, failures, random());
      const reason = failure instanceof Error ? failure.message : String(failure);
      const owners = scope === 'bot' ? stocks : [order];
      await store.recordFailure(session, owners, {
        failures,
        reason,
        failedAt: now,
        retryAt: now + pauseMs,
      });
      this.logger.warn(
        { botId, chatId: order.chatId, reason, failures, pauseMs },
        'no invite link from Telegram; trying again after a pause',
      );
    }
  }
}

function byOwner(minted: readonly Minted[]): Map<LinkOwner, StockLink[]> {
  const groups = new Map<string, { owner: LinkOwner; links: StockLink[] }>();
  for (const { order, link } of minted) {
    const group = groups.get(ownerKey(order)) ?? { owner: order, links: [] };
    group.links.push(link);
    groups.set(ownerKey(order), group);
  }
  return new Map([...groups.values()].map(({ owner, links }) => [owner, links]));
}

function resultOf(failure: unknown): string {
  if (failure instanceof TelegramThrottled) return 'throttled';
  return failure instanceof TelegramRefused ? 'refused' : 'unavailable';
}
