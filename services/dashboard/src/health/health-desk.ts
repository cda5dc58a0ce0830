import type { Clock } from '@clickjoin/contracts';
import { CLOCK } from '@clickjoin/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { BotsService } from '../bots/bots.service';
import { isConfigured } from '../channels/channel-event';
import { ChannelsService } from '../channels/channels.service';
import { LinkStock } from '../link-stock/link-stock';
import { PixelsService } from '../pixels/pixels.service';
import { lagFinding, pixelFinding, stockFinding, webhookFinding } from './findings';
import { GroupLags } from './group-lag';
import type { PillView } from './health.dto';

@Injectable()
export class HealthDesk {
  constructor(
    private readonly bots: BotsService,
    private readonly channels: ChannelsService,
    private readonly pixels: PixelsService,
    private readonly stock: LinkStock,
    private readonly lags: GroupLags,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @param siteId without it: of all sites. */
  async pills(siteId?: string): Promise<PillView[]> {
    const [allBots, allChannels, pixels, stock, lags] = await Promise.all([
      this.bots.list(),
      this.channels.list(),
      this.pixels.list(siteId),
      this.stock.listIfThere(),
      this.lags.all(),
    ]);
    const channels = allChannels.filter(
      ({ channel }) => isConfigured(channel) && (siteId === undefined || channel.siteId === siteId),
    );
    const used = new Set(channels.map(({ channel }) => channel.botId));
    // A site without channels is told of all bots: one of them will be its own.
    const bots = used.size === 0 ? allBots : allBots.filter(({ bot }) => used.has(bot.botId));
    return [
      { pill: 'webhook', ...webhookFinding(bots, this.clock.now()) },
      { pill: 'stock', ...stockFinding(channels, stock) },
      { pill: 'pixel', ...pixelFinding(pixels) },
      { pill: 'lag', ...lagFinding(lags) },
    ];
  }
}
