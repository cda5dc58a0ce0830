import { ArrayMaxSize, IsArray, IsIn, IsInt, Min } from 'class-validator';
import { UPDATE_SOURCES, type UpdateSource } from '../settings/bot-configured';
import { IsTelegramUserId, IsUtcTime, Optional, OptionalText } from '../validation';

/**
 * What keeps a bot's updates from coming, as far as Telegram says it:
 * - `token-refused`: the token was revoked, or never was one
 * - `telegram-unreachable`: no readable answer of Telegram's
 * - `no-webhook-url`: this system has no public address, and polling is switched off
 * - `webhook-errors`: Telegram cannot deliver to the address (`message` has its words)
 * - `updates-pending`: they pile up at Telegram
 * - `webhook-taken`: another program keeps setting another address, or polls with the same token
 */
export const BOT_PROBLEMS = [
  'token-refused',
  'telegram-unreachable',
  'no-webhook-url',
  'webhook-errors',
  'updates-pending',
  'webhook-taken',
] as const;
export type BotProblem = (typeof BOT_PROBLEMS)[number];

/** How a bot's updates come in, as of the last look: published when it changes, and now and then when it doesn't. */
export class BotChecked {
  @IsTelegramUserId() botId!: string;
  @IsUtcTime() checkedAt!: string;
  @IsIn(UPDATE_SOURCES) updatesBy!: UpdateSource;
  /** Empty: all is well. */
  @IsArray() @ArrayMaxSize(BOT_PROBLEMS.length) @IsIn(BOT_PROBLEMS, { each: true }) problems!: BotProblem[];
  /** Updates that wait at Telegram. */
  @Optional() @IsInt() @Min(0) pendingUpdates?: number;
  /** Telegram's own words of the latest error. */
  @OptionalText(2000) message?: string;
  @Optional() @IsUtcTime() lastErrorAt?: string;
  /** The newest update that came. */
  @Optional() @IsUtcTime() lastUpdateAt?: string;
}
