import type { ChannelConfigured } from '@clickjoin/contracts';

/** `open`: whoever uses it is in; `request`: whoever uses it asks to be let in, and an administrator decides. */
export type LinkForm = 'open' | 'request';

/**
 * A channel's links are those of one bot: only the bot that made a link sees it whole in the join's update. And of one
 * form: after a change of the channel's link mode the old ones stay on the shelf.
 */
export interface LinkOwner {
  readonly chatId: string;
  readonly botId: string;
  readonly form: LinkForm;
}

export interface StockLink {
  readonly linkKey: string;
  readonly url: string;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

export const ownerOf = ({
  chatId,
  botId,
  linkMode,
}: Pick<ChannelConfigured, 'chatId' | 'botId' | 'linkMode'>): LinkOwner => ({
  chatId,
  botId,
  form: linkMode === 'join-request-link' ? 'request' : 'open',
});

export const ownerKey = ({ chatId, botId, form }: LinkOwner): string => `${chatId}/${botId}/${form}`;
