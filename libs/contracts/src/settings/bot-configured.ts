import { IsString, MaxLength } from 'class-validator';
import { SealedSecret } from '../sealed-secret';
import { IsTelegramUserId, Nested } from '../validation';
import { Versioned } from './versioned';

/** A Telegram bot: watches joins and makes invite links. */
export class BotConfigured extends Versioned {
  @IsTelegramUserId() botId!: string;
  /** Without `@`. */
  @IsString() @MaxLength(64) username!: string;
  @IsString() @MaxLength(200) name!: string;
  @Nested(() => SealedSecret) token!: SealedSecret;
  /** What Telegram puts into each webhook request to show that it is Telegram. */
  @Nested(() => SealedSecret) webhookSecret!: SealedSecret;
}
