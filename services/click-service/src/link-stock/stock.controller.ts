import type { Clock } from '@clickjoin/contracts';
import { CLOCK, Problem } from '@clickjoin/service-kit';
import { Controller, Get, Inject } from '@nestjs/common';
import { ChannelDirectory } from '../channels/channel-directory';
import { ClickServiceConfig } from '../config';
import { LinkStock } from './link-stock';
import { LinkStockStore, type ChannelStock } from './link-stock.store';
import { marksFor } from './refill-decision';

export interface ChannelStockView {
  readonly chatId: string;
  readonly botId: string;
  readonly slug: string;
  /** Links that no instance has leased. */
  readonly free: number;
  readonly lowMark: number;
  readonly highMark: number;
  /** Leased by all instances in the last ten minutes. */
  readonly leasedLately: number;
  /** In the memory of the instance that answers. */
  readonly heldHere: number;
  /** Given to visitors by the instance that answers, since its start. */
  readonly handedOutHere: number;
  readonly hasFallback: boolean;
  /** `low`: below the low mark and being refilled; `failing`: Telegram makes no links at the moment. */
  readonly state: 'stocked' | 'low' | 'failing';
  readonly failure?: {
    readonly reason: string;
    readonly failures: number;
    readonly failedAt: string;
    readonly retryAt: string;
  };
}

/** For the dashboard and for operators, not for the public: keep `/v1` behind the proxy. Holds no secrets. */
@Controller('v1/stock')
export class StockController {
  constructor(
    private readonly stock: LinkStock,
    private readonly store: LinkStockStore,
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
      const chatIds = ofBot.map(({ chatId }) => chatId);
      const stocks = await this.store
        .stockOf(botId, chatIds, now, now + this.config.windowMs)
        .catch((cause: unknown) => {
          throw new Problem(503, { detail: 'The database is not available.', cause });
        });
      stocks.forEach((stock, index) => views.push(this.view(stock, ofBot[index]?.slug ?? '')));
    }
    return { instanceId: this.stock.instanceId, channels: views };
  }

  private view(stock: ChannelStock, slug: string): ChannelStockView {
    const { chatId, botId, free, leasedLately, hasFallback, failure } = stock;
    const { stockLow, stockHigh, stockMax } = this.config;
    const { low, high } = marksFor(stock, { low: stockLow, high: stockHigh, max: stockMax });
    const enough = free >= low ? 'stocked' : 'low';
    return {
      chatId,
      botId,
      slug,
      free,
      lowMark: low,
      highMark: high,
      leasedLately,
      heldHere: this.stock.held(stock),
      handedOutHere: this.stock.handedOut(stock),
      hasFallback,
      state: failure === undefined ? enough : 'failing',
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
