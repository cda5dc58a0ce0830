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
import { AttributionTimes } from '../events/attribution-rule';
import { Chat } from '../events/telegram';
import { Versioned } from './versioned';

/**
 * Where `/c/<slug>` leads:
 * - `invite-link`: an invite link of the visitor's own
 * - `join-request-link`: the same, and whoever uses it asks to be let in
 * - `bot-start-link`: the bot, which answers with a button to the channel; for public channels
 */
export const LINK_MODES = ['invite-link', 'join-request-link', 'bot-start-link'] as const;
export type LinkMode = (typeof LINK_MODES)[number];

/** What the bot does with join requests: nothing, approve all, or approve those that came by a link of ours. */
export const JOIN_REQUEST_POLICIES = ['off', 'approve-all', 'approve-tracked'] as const;
export type JoinRequestPolicy = (typeof JOIN_REQUEST_POLICIES)[number];

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
  /** `invite-link` without it. */
  @Optional() @IsIn(LINK_MODES) linkMode?: LinkMode;
  /** `off` without it. */
  @Optional() @IsIn(JOIN_REQUEST_POLICIES) joinRequests?: JoinRequestPolicy;
  @Optional() @Nested(() => AttributionTimes) attribution?: AttributionTimes;
}
