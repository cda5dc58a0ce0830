import { IsString, MaxLength } from 'class-validator';
import { IsTelegramUserId, IsUtcTime } from '../validation';

/**
 * How much of a rejected body is kept. With base64 it fits Kafka's default limit of 1 MiB a record; Telegram
 * sends at most 512 KiB (reference/telegram-bot-api.md §3), so nothing of its own is ever cut.
 */
export const REJECTED_BODY_MAX_BYTES = 600 * 1024;

const base64LengthOf = (bytes: number): number => Math.ceil(bytes / 3) * 4;

/**
 * An update that could not be understood. It was answered with 200, since a failing update stalls its bot's
 * whole queue (reference/telegram-bot-api.md §3), and is kept here as it came.
 */
export class UpdateRejected {
  @IsTelegramUserId() botId!: string;
  @IsUtcTime() receivedAt!: string;
  @IsString() @MaxLength(1000) reason!: string;
  /** The body, base64, cut where the whole would not fit. May hold personal data. */
  @IsString() @MaxLength(base64LengthOf(REJECTED_BODY_MAX_BYTES)) body!: string;
}
