import type { ChannelConfigured, Clock, LinkMode } from '@clickjoin/contracts';
import { CLOCK, InternalApiGuard, Problem } from '@clickjoin/service-kit';
import { Controller, Get, Inject, UseGuards } from '@nestjs/common';
import { ChannelDirectory } from '../channels/channel-directory';
import { ClickServiceConfig } from '../config';
import { LinkStock } from './link-stock';
import { LinkStockStore, type ChannelStock } from './link-stock.store';
import { MintingService, wishOf, type MintingState } from './minting.service';
import { marksFor } from './refill-decision';

export interface ChannelStockView {
  readonly chatId: string;
  readonly botId: string;
  readonly slug: string;
  readonly linkMode: LinkMode;
  /** Links that no instance has leased; 20,000 stands for that many or more. */
  readonly free: number;
  readonly lowMark: number;
  readonly highMark: number;
  /** Leased by all instances in the last ten minutes; 20,000 as above. */
  readonly leasedLately: number;
  /** In the memory of the instance that answers. */
  readonly heldHere: number;
  /** Given to visitors by the instance that answers, since its start. */
  readonly handedOutHere: number;
  readonly hasFallback: boolean;
  /**
   * `low`: below the low mark and being refilled; `failing`: Telegram makes no links at the moment; `not-needed`:
   * visitors go by the bot, which needs no links of their own.
   */
  readonly state: 'stocked' | 'low' | 'failing' | 'not-needed';
  /** The bot's minter at the instance that answers. */
  readonly minting: MintingState;
  readonly failure?: {
    readonly reason: string;
    readonly failures: number;
    readonly failedAt: string;
    readonly retryAt: string;
  };
}

/** For the dashboard: behind the internal token. Holds no secrets. */
@Controller('v1/stock')
@UseGuards(InternalApiGuard)
export class StockController {
  constructor(
    private readonly stock: LinkStock,
    private readonly store: LinkStockStore,
    private readonly minting: MintingService,
    private readonly directory: ChannelDirectory,
    private readonly config: ClickServiceConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  async list(): Promise<{ instanceId: string; channels: ChannelStockView[] }> {
    const channels = this.directory.all();
    const now = this.clock.now();
    const views: ChannelStockView[] = [];
    for (const botId of new Set(channels.map((channel) => channel.botId))) {
      const ofBot = channels.filter((channel) => channel.botId === botId);
      const stocks = await this.store
        .stockOf(botId, ofBot.map(wishOf), now, now + this.config.windowMs)
        .catch((cause: unknown) => {
          throw new Problem(503, { detail: 'The database is not available.', cause });
        });
      stocks.forEach((stock, index) => {
        const channel = ofBot[index];
        if (channel !== undefined) views.push(this.view(stock, channel));
      });
    }
    return { instanceId: this.stock.instanceId, channels: views };
  }

  private view(stock: ChannelStock, { slug, linkMode }: ChannelConfigured): ChannelStockView {
    const { chatId, botId, free, leasedLately, hasFallback, failure } = stock;
    const { stockLow, stockHigh, stockMax } = this.config;
    const { low, high } = marksFor(stock, { low: stockLow, high: stockHigh, max: stockMax });
    const enough = free >= low ? 'stocked' : 'low';
    const healthy = stock.wantsStock ? enough : 'not-needed';
    return {
      chatId,
      botId,
      slug,
      linkMode: linkMode ?? 'invite-link',
      free,
      lowMark: low,
      highMark: high,
      leasedLately,
      heldHere: this.stock.held(stock),
      handedOutHere: this.stock.handedOut(stock),
      hasFallback,
      state: failure === undefined ? healthy : 'failing',
      minting: this.minting.stateOf(botId),
      ...(failure === undefined
        ? {}
        : {
            failure: {
              reason: failure.reason,
              failures: failure.failures,
              failedAt: new Date(failure.failedAt).toISOString(),
              retryAt: new Date(failure.retryAt).toISOString(),
            },
          }),
    };
  }
}
