import { IsIn, IsInt } from 'class-validator';
import { IsId, IsUtcTime, Optional, OptionalText } from '../validation';

export const PIXEL_STATES = ['active', 'paused'] as const;
export type PixelState = (typeof PIXEL_STATES)[number];

/**
 * - `by-hand`: somebody paused it
 * - `refused`: TikTok refused the token or the pixel
 */
export const PAUSE_REASONS = ['by-hand', 'refused'] as const;
export type PauseReason = (typeof PAUSE_REASONS)[number];

/** A pixel is sent to, or its deliveries wait. */
export class PixelStateChanged {
  @IsId() pixelId!: string;
  @IsId() siteId!: string;
  @IsIn(PIXEL_STATES) state!: PixelState;
  @Optional() @IsIn(PAUSE_REASONS) reason?: PauseReason;
  @IsUtcTime() changedAt!: string;
  /** TikTok's return code, where that was the reason. */
  @Optional() @IsInt() code?: number;
  /** TikTok's own words. */
  @OptionalText(2000) message?: string;
  /** In words that a media buyer understands, with what to do. */
  @OptionalText(1000) explanation?: string;
}
