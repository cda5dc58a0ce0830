import type { ChatType } from './wire';

export const JOIN_VIA = ['link', 'direct', 'added-by-admin', 'folder'] as const;
export type JoinVia = (typeof JOIN_VIA)[number];

export interface JoinResult {
  /** False when the link only asks to join, and somebody has to approve. */
  readonly joined: boolean;
  readonly chatId: number;
  readonly userId: number;
  /** Unix seconds, as in the update. */
  readonly date: number;
  /** The same moment in milliseconds since 1970, for measuring. */
  readonly joinedAt: number;
  /** Whether the bot that made the link can see it in its update: false for joins without link and stripped ones. */
  readonly inviteLinkInUpdate: boolean;
}

export interface BotState {
  readonly botId: number;
  readonly username: string;
  readonly webhookUrl: string | null;
  /** Updates not yet acknowledged. */
  readonly queued: number;
  /** Updates acknowledged, each once. */
  readonly delivered: number;
  readonly failedAttempts: number;
  /** Acknowledged updates that were sent and acknowledged once more. */
  readonly redelivered: number;
  /** Updates dropped because a day went by. */
  readonly expired: number;
  /** Updates dropped because the queue was full. */
  readonly dropped: number;
  readonly lastError: string | null;
  readonly messagesSent: number;
}

export interface ChannelState {
  readonly chatId: number;
  readonly title: string;
  readonly type: ChatType;
  readonly username: string | null;
  readonly adminBotIds: readonly number[];
  readonly linksCreated: number;
  readonly joins: number;
  readonly joinsWithLinkInUpdate: number;
  readonly leaves: number;
  readonly members: number;
}

export interface TelegramState {
  readonly bots: readonly BotState[];
  readonly channels: readonly ChannelState[];
  readonly linksCreated: number;
  /** Times somebody came in, over all chats. */
  readonly joins: number;
}
