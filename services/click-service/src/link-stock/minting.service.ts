import type { ChannelConfigured, Clock } from '@clickjoin/contracts';
import { CLOCK, RANDOM, type Random } from '@clickjoin/service-kit';
import { TelegramClient } from '@clickjoin/telegram';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ChannelDirectory } from '../channels/channel-directory';
import { ClickServiceConfig } from '../config';
import { ClickMetrics } from '../metrics';
import { RareLog } from '../rare-log';
import { BotMinter, type MintSettings } from './bot-minter';
import { LinkStockStore, type FallbackLink, type StockWish } from './link-stock.store';
import { ownerOf, type LinkOwner } from './stock-link';

export interface MintListener {
  onStocked(owner: LinkOwner): void;
  onFallback(owner: LinkOwner, link: FallbackLink): void;
}

export interface MintingState {
  readonly isMintingHere: boolean;
  /** How fast it would mint now: halves at a 429. */
  readonly linksPerSecond: number;
}

interface Worker {
  readonly minter: BotMinter;
  /** How often it was asked while it was at work: somebody took stock, so look once more. */
  asks: number;
  running: Promise<void> | undefined;
  timer: NodeJS.Timeout | undefined;
}

/** Each bot at work holds a database connection, and visitors' leases need some too. */
const MOST_AT_WORK = 4;
/** What a call to Telegram may take of the shutdown. A link whose answer is not waited for is lost, and nobody saw it. */
const SHUTDOWN_GRACE_MS = 2_000;

/** One minter a bot, woken when stock is taken, when a pause ends, and by the stock's tick. */
@Injectable()
export class MintingService {
  private readonly logger = new Logger(MintingService.name);
  private readonly stop = new AbortController();
  private readonly workers = new Map<string, Worker>();
  private readonly warnings: RareLog;
  private listener: MintListener | undefined;

  constructor(
    private readonly directory: ChannelDirectory,
    private readonly telegram: TelegramClient,
    private readonly store: LinkStockStore,
    private readonly dataSource: DataSource,
    private readonly config: ClickServiceConfig,
    private readonly metrics: ClickMetrics,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {
    this.warnings = new RareLog(60_000, clock);
  }

  listen(listener: MintListener): void {
    this.listener = listener;
  }

  /** What this instance's minter of a bot is doing; another instance may be at work instead. */
  stateOf(botId: string): MintingState {
    const worker = this.workers.get(botId);
    return {
      isMintingHere: worker?.running !== undefined,
      linksPerSecond: worker?.minter.linksPerSecond ?? this.config.mintPerSecond,
    };
  }

  wakeAll(): void {
    for (const botId of new Set(this.directory.all().map((channel) => channel.botId))) this.wake(botId);
  }

  /** Looks now, or right after the look that is under way. */
  wake(botId: string): void {
    if (this.isStopping()) return;
    const worker = this.workerOf(botId);
    if (worker.running !== undefined) {
      worker.asks += 1;
      return;
    }
    // Over the limit the stock's next tick asks again, and before that whoever ends.
    if ([...this.workers.values()].filter(({ running }) => running !== undefined).length >= MOST_AT_WORK)
      return;
    clearTimeout(worker.timer);
    worker.running = this.run(botId, worker);
  }

  /** Ends the calls that are out; what was minted is kept. */
  async close(): Promise<void> {
    this.stop.abort();
    for (const { timer } of this.workers.values()) clearTimeout(timer);
    const running = Promise.all([...this.workers.values()].flatMap((worker) => worker.running ?? []));
    const giveUp = setTimeout(() => void this.telegram.close(), SHUTDOWN_GRACE_MS);
    await running;
    clearTimeout(giveUp);
    await this.telegram.close();
  }

  private isStopping(): boolean {
    return this.stop.signal.aborted;
  }

  private async run(botId: string, worker: Worker): Promise<void> {
    let retryAt: number | undefined;
    try {
      for (let answered = -1; answered !== worker.asks && !this.isStopping();) {
        answered = worker.asks;
        retryAt = await worker.minter.fill();
      }
    } catch (error) {
      const times = this.warnings.due(botId);
      if (times !== undefined)
        this.logger.warn({ err: error, botId, times }, 'minting stopped; trying again');
    } finally {
      worker.running = undefined;
    }
    if (retryAt !== undefined && !this.isStopping()) {
      // Longer pauses than a timer can count are left to the stock's tick.
      const delayMs = Math.min(Math.max(retryAt - this.clock.now(), 0) + 1, 3_600_000);
      worker.timer = setTimeout(() => this.wake(botId), delayMs);
    }
  }

  private workerOf(botId: string): Worker {
    const known = this.workers.get(botId);
    if (known !== undefined) return known;
    const { telegram, store, dataSource, clock, random, metrics } = this;
    const minter = new BotMinter({
      botId,
      settings: this.settings(),
      source: {
        wishesOf: (id) =>
          this.directory
            .all()
            .filter((channel) => channel.botId === id)
            .map(wishOf),
        tokenOf: (id) => this.directory.tokenOf(id),
        onStocked: (owner) => this.listener?.onStocked(owner),
        onFallback: (owner, link) => this.listener?.onFallback(owner, link),
      },
      telegram,
      store,
      dataSource,
      clock,
      random,
      metrics,
      stopping: this.stop.signal,
    });
    const worker: Worker = { minter, asks: 0, running: undefined, timer: undefined };
    this.workers.set(botId, worker);
    return worker;
  }

  private settings(): MintSettings {
    const { stockLow, stockHigh, stockMax, shelfLifeMs, windowMs, mintPerSecond } = this.config;
    return {
      policy: { low: stockLow, high: stockHigh, max: stockMax },
      shelfLifeMs,
      windowMs,
      perSecond: mintPerSecond,
    };
  }
}

/** What a channel needs of its bot. Also a bot start link needs the shared link: for visitors who are not counted. */
export const wishOf = (channel: ChannelConfigured): StockWish => ({
  ...ownerOf(channel),
  wantsStock: channel.linkMode !== 'bot-start-link',
});
