import type { ChannelConfigured, LinkKind } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import { ChannelDirectory } from '../channels/channel-directory';
import { LinkStock } from '../link-stock/link-stock';
import { ownerOf, type StockLink } from '../link-stock/stock-link';
import { botStartAddress, inviteAddress, publicAddress } from './telegram-address';

/** Where one click is led. */
export interface WayIn {
  readonly linkKind: LinkKind;
  /** Undefined: the channel has no link and no public address yet. */
  readonly location: string | undefined;
  readonly linkKey: string | undefined;
  /** Of kind `stock`: what was taken. */
  readonly taken?: StockLink;
}

/** Finds a visitor's way into a channel: an own one if there is any, else one that is shared. */
@Injectable()
export class WaysIn {
  constructor(
    private readonly stock: LinkStock,
    private readonly directory: ChannelDirectory,
  ) {}

  /** Without waiting where a link is in memory. */
  find(channel: ChannelConfigured, clickId: string): WayIn | Promise<WayIn> {
    if (channel.linkMode === 'bot-start-link') return this.byBot(channel, clickId);
    const own = this.stock.take(ownerOf(channel));
    return own === undefined ? this.withoutStock(channel) : byOwnLink(own);
  }

  /** Where those go who are not counted: the shared link, else the public address. */
  shared(channel: ChannelConfigured): string | undefined {
    const shared = this.stock.fallback(ownerOf(channel));
    return (shared && inviteAddress(shared.url)) ?? publicAddress(channel);
  }

  /** Whether a visitor who was led by this kind would be led better now: only an own link can be attributed. */
  hasBetter(channel: ChannelConfigured, { linkKind }: Pick<WayIn, 'linkKind'>): boolean {
    if (linkKind !== 'fallback' && linkKind !== 'none') return false;
    if (channel.linkMode === 'bot-start-link') {
      return this.directory.botUsernameOf(channel.botId) !== undefined;
    }
    const owner = ownerOf(channel);
    return this.stock.held(owner) > 0 || (linkKind === 'none' && this.stock.fallback(owner) !== undefined);
  }

  /** For a way that nobody was shown after all. */
  giveBack(channel: ChannelConfigured, { taken }: WayIn): void {
    if (taken !== undefined) this.stock.putBack(ownerOf(channel), taken);
  }

  private byBot(channel: ChannelConfigured, clickId: string): WayIn {
    const { botId, chatId } = channel;
    const location = botStartAddress(this.directory.botUsernameOf(botId), chatId, clickId);
    return location === undefined
      ? this.bySharedLink(channel)
      : { location, linkKind: 'bot-start', linkKey: undefined };
  }

  private async withoutStock(channel: ChannelConfigured): Promise<WayIn> {
    const own = await this.stock.takeSoon(ownerOf(channel));
    return own === undefined ? this.bySharedLink(channel) : byOwnLink(own);
  }

  private bySharedLink(channel: ChannelConfigured): WayIn {
    const shared = this.stock.fallback(ownerOf(channel));
    return shared === undefined
      ? { location: publicAddress(channel), linkKind: 'none', linkKey: undefined }
      : { location: inviteAddress(shared.url), linkKind: 'fallback', linkKey: shared.linkKey };
  }
}

const byOwnLink = (link: StockLink): WayIn => ({
  location: inviteAddress(link.url),
  linkKind: 'stock',
  linkKey: link.linkKey,
  taken: link,
});
