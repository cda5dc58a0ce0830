import { IsIn, IsNumber, Matches, Max, Min } from 'class-validator';
import { CURRENCIES, CUSTOM_EVENT_NAME, EVENT_TYPES, type EventType } from '../event-types';
import {
  IsId,
  IsTelegramChatId,
  IsTelegramUserId,
  Nested,
  Optional,
  OptionalText,
  SLUG,
} from '../validation';
import { Chat } from '../events/telegram';
import { Versioned } from './versioned';

/** A channel that was set up for a site: where its visitors come in and what its joins are reported as. */
export class ChannelConfigured extends Versioned {
  @IsTelegramChatId() chatId!: string;
  @IsId() siteId!: string;
  /** The bot that makes the channel's invite links. */
  @IsTelegramUserId() botId!: string;
  @Matches(SLUG) slug!: string;
  @Nested(() => Chat) chat!: Chat;
  /** Public username without `@`. */
  @OptionalText(64) username?: string;
  @IsIn(EVENT_TYPES) eventType!: EventType;
  /** Required for, and only for, type Custom. */
  @Optional() @Matches(CUSTOM_EVENT_NAME) customEventName?: string;
  @Optional() @IsNumber() @Min(0) @Max(1_000_000_000) value?: number;
  @Optional() @IsIn(CURRENCIES) currency?: string;
  @OptionalText(200) contentName?: string;
}
