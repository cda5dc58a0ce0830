import type {
  BotStarted,
  ChannelDetected,
  ChatMigrated,
  JoinReceived,
  MemberLeft,
} from '@clickjoin/contracts';

export type TelegramEvent =
  | { readonly type: 'JoinReceived'; readonly event: JoinReceived }
  | { readonly type: 'MemberLeft'; readonly event: MemberLeft }
  | { readonly type: 'BotStarted'; readonly event: BotStarted }
  | { readonly type: 'ChatMigrated'; readonly event: ChatMigrated }
  | { readonly type: 'ChannelDetected'; readonly event: ChannelDetected };

/** Somebody asks to be let into a chat. The join comes as an update of its own, once the person is in. */
export interface JoinRequest {
  readonly chatId: string;
  readonly telegramUserId: string;
  /** Came by a link that click-service made for one click: own, whole, and named so. */
  readonly isTracked: boolean;
}

/** Why an update says nothing that anybody here wants to know. */
export const SKIP_REASONS = [
  /** A person and a bot alone: blocked, unblocked, started. */
  'private-chat',
  /** Muted, promoted, banned when already out: in before and after, or out before and after. */
  'membership-unchanged',
  'bot',
  /** The owner and administrators come in by appointment, not by an ad. */
  'administrator',
  /** A message that is no `/start` of ours. */
  'message',
  'unknown-update-type',
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

export type Translation =
  | { readonly kind: 'events'; readonly events: readonly [TelegramEvent, ...TelegramEvent[]] }
  | { readonly kind: 'join-request'; readonly request: JoinRequest }
  | { readonly kind: 'skipped'; readonly reason: SkipReason }
  | { readonly kind: 'rejected'; readonly reason: string };

export const skipped = (reason: SkipReason): Translation => ({ kind: 'skipped', reason });
export const one = (event: TelegramEvent): Translation => ({ kind: 'events', events: [event] });
