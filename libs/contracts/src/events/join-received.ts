import { IsBoolean, IsIn } from 'class-validator';
import {
  IsId,
  IsLinkKey,
  IsTelegramChatId,
  IsTelegramUserId,
  IsUtcTime,
  Nested,
  Optional,
} from '../validation';
import { AttributionRule } from './attribution-rule';
import { Chat, Person } from './telegram';

/** How Telegram says that the person came in (reference/telegram-bot-api.md §2.3, §2.4). */
export const JOIN_ROUTES = [
  'invite-link',
  'direct',
  'join-request',
  'folder-link',
  'added-by-admin',
] as const;
export type JoinRoute = (typeof JOIN_ROUTES)[number];

export class JoinLink {
  /** Made by the bot that reports the join. Links of others arrive cut and can't be matched. */
  @IsBoolean() isOwn!: boolean;
  /** Present for whole own links. */
  @Optional() @IsLinkKey() key?: string;
  @IsBoolean() createsJoinRequest!: boolean;
}

/** A person is in a channel who was not before. */
export class JoinReceived {
  @IsId() joinId!: string;
  @IsTelegramUserId() botId!: string;
  @IsTelegramChatId() chatId!: string;
  @Nested(() => Chat) chat!: Chat;
  /** Telegram's clock: whole seconds. */
  @IsUtcTime() joinedAt!: string;
  @IsIn(JOIN_ROUTES) route!: JoinRoute;
  @Optional() @Nested(() => JoinLink) link?: JoinLink;
  @Nested(() => Person) person!: Person;
  /** Telegram's own update shows that the person had been in the channel before. */
  @Optional() @IsBoolean() rejoin?: boolean;
  /** The channel's settings at the time; absent for a channel that was not set up. */
  @Optional() @Nested(() => AttributionRule) rule?: AttributionRule;
}
