import { Injectable } from '@nestjs/common';
import { InternalApi } from '../internal-api/internal-api';
import type { ChannelStockView, StockFailureView } from './link-stock.dto';

type Told = Omit<ChannelStockView, 'failure'> & { readonly failure?: StockFailureView };

/** What the click-service tells of its stock of invite links. */
@Injectable()
export class LinkStock {
  constructor(private readonly api: InternalApi) {}

  /** @throws Problem 503 while the click-service is away. */
  async list(): Promise<ChannelStockView[]> {
    const { channels } = await this.api.command<{ channels: Told[] }>('click-service', '/v1/stock', {});
    return channels.map(viewOf);
  }

  /** Undefined while the click-service is away. */
  async listIfThere(): Promise<ChannelStockView[] | undefined> {
    const told = await this.api.askIfThere<{ channels: Told[] }>('click-service', '/v1/stock');
    return told?.channels.map(viewOf);
  }
}

const viewOf = (told: Told): ChannelStockView => ({
  chatId: told.chatId,
  free: told.free,
  lowMark: told.lowMark,
  highMark: told.highMark,
  hasFallback: told.hasFallback,
  state: told.state,
  failure: told.failure ?? null,
});
