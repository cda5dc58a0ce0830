import { IsIn, IsString, MaxLength } from 'class-validator';
import { SealedSecret } from '../sealed-secret';
import { IsTelegramUserId, Nested, Optional } from '../validation';
import { Versioned } from './versioned';

export const UPDATE_SOURCES = ['webhook', 'long-polling'] as const;
export type UpdateSource = (typeof UPDATE_SOURCES)[number];

/** A Telegram bot: watches joins and makes invite links. */
export class BotConfigured extends Versioned {
  @IsTelegramUserId() botId!: string;
  /** Without `@`. */
  @IsString() @MaxLength(64) username!: string;
  @IsString() @MaxLength(200) name!: string;
  @Nested(() => SealedSecret) token!: SealedSecret;
  /** What Telegram puts into each webhook request to show that it is Telegram. */
  @Nested(() => SealedSecret) webhookSecret!: SealedSecret;
  /** The one before: still taken, so that updates under way during a rotation are not refused. */
  @Optional() @Nested(() => SealedSecret) previousWebhookSecret?: SealedSecret;
  /** Without it: the webhook where the join-service has a public address, else polling. */
  @Optional() @IsIn(UPDATE_SOURCES) updatesBy?: UpdateSource;
}
