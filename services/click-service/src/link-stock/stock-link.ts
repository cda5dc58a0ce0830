/** A channel's links are those of one bot: only the bot that made a link sees it whole in the join's update. */
export interface LinkOwner {
  readonly chatId: string;
  readonly botId: string;
}

export interface StockLink {
  readonly linkKey: string;
  readonly url: string;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

export const ownerKey = ({ chatId, botId }: LinkOwner): string => `${chatId}/${botId}`;
