import { IsIn, IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import { MatchQuality } from '../match-quality';
import { IsId, IsTelegramChatId, IsUtcTime, Nested, Optional, OptionalText } from '../validation';

/** ```
 * queued → sending → accepted | rejected | retrying | possibly-accepted | held | expired
 * ``` */
export const DELIVERY_STATES = [
  'queued',
  'sending',
  'accepted',
  'rejected',
  'retrying',
  'possibly-accepted',
  'held',
  'expired',
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/**
 * What an attempt's answer means:
 * - `accepted`: TikTok's code 0
 * - `rejected`: this event, as it is, will never be taken
 * - `throttled`, `failed`: not taken, may be sent again
 * - `unknown`: no readable answer; TikTok may have taken it
 * - `refused`: the token or the pixel is refused; nothing wrong with the event
 */
export const VERDICTS = ['accepted', 'rejected', 'throttled', 'failed', 'unknown', 'refused'] as const;
export type Verdict = (typeof VERDICTS)[number];

export const WIRE_FORMATS = ['1.0', '2.0'] as const;
export type WireFormat = (typeof WIRE_FORMATS)[number];

export class DeliveryAttempt {
  @IsInt() @Min(1) number!: number;
  @IsUtcTime() startedAt!: string;
  @IsInt() @Min(0) durationMs!: number;
  @IsIn(VERDICTS) verdict!: Verdict;
  /** In words that a media buyer understands. */
  @IsString() @MaxLength(1000) explanation!: string;
  @Optional() @IsInt() @Min(100) @Max(599) httpStatus?: number;
  /** TikTok's return code. */
  @Optional() @IsInt() code?: number;
  /** TikTok's own words. */
  @OptionalText(2000) message?: string;
  @OptionalText(200) requestId?: string;
}

/** A delivery has a new state, usually since an attempt was answered. */
export class DeliveryUpdated {
  @IsId() deliveryId!: string;
  @IsId() conversionId!: string;
  @IsId() joinId!: string;
  @IsId() pixelId!: string;
  @IsId() siteId!: string;
  @IsTelegramChatId() chatId!: string;
  @IsString() @MaxLength(100) eventId!: string;
  /** Known from the first attempt on, when the body is frozen. */
  @OptionalText(50) eventName?: string;
  @IsIn(DELIVERY_STATES) state!: DeliveryState;
  /** Counts up with each update of this delivery: the highest is the latest. */
  @IsInt() @Min(1) revision!: number;
  @IsUtcTime() joinedAt!: string;
  @IsUtcTime() updatedAt!: string;
  @Optional() @IsUtcTime() nextAttemptAt?: string;
  /** Why the delivery is held, expired or possibly accepted. */
  @OptionalText(1000) note?: string;
  @Optional() @Nested(() => DeliveryAttempt) attempt?: DeliveryAttempt;
  @Optional() @Nested(() => MatchQuality) matchQuality?: MatchQuality;
}
