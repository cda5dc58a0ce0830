import { IsString, MaxLength } from 'class-validator';
import { IsTelegramUserId, IsUtcTime } from '../validation';

/**
 * An update that could not be understood. It was answered with 200, since a failing update stalls its bot's
 * whole queue (reference/telegram-bot-api.md §3), and is kept here as it came.
 */
export class UpdateRejected {
  @IsTelegramUserId() botId!: string;
  @IsUtcTime() receivedAt!: string;
  @IsString() @MaxLength(1000) reason!: string;
  /** The body, base64. May hold personal data. */
  @IsString() @MaxLength(1_500_000) body!: string;
}
