import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';
import { IsId, Nested, Optional } from '../validation';
import { Versioned } from './versioned';

export const REVIEW_BOT_POLICIES = ['ignore', 'count'] as const;
export type ReviewBotPolicy = (typeof REVIEW_BOT_POLICIES)[number];

/** What the script on the site's pages may do. */
export class TrackerSettings {
  /** The kill switch: off, the script leaves the page as it is and stores nothing. */
  @IsBoolean() isEnabled!: boolean;
  /** How long the visitor's browser keeps the ad click, in days. */
  @IsInt() @Min(1) @Max(90) keepDays!: number;
  /** Stores nothing until the page says that the visitor agreed. */
  @IsBoolean() needsConsent!: boolean;
  /** Stores nothing for browsers that ask not to be tracked. */
  @IsBoolean() respectsDoNotTrack!: boolean;
}

export const TRACKER_DEFAULTS: Readonly<TrackerSettings> = {
  isEnabled: true,
  keepDays: 28,
  needsConsent: false,
  respectsDoNotTrack: false,
};

/** A landing site: groups channels and pixels. */
export class SiteConfigured extends Versioned {
  @IsId() siteId!: string;
  @IsString() @MinLength(1) @MaxLength(200) name!: string;
  /** Origins (`https://example.com`) that may use the site from a browser. */
  @IsArray() @ArrayMaxSize(100) @IsString({ each: true }) allowedOrigins!: string[];
  /** `TRACKER_DEFAULTS` without it. */
  @Optional() @Nested(() => TrackerSettings) tracker?: TrackerSettings;
  /** Lower-case hex SHA-256 of the key by which the site's servers call `POST /v1/clicks`; absent: none was made. */
  @Optional() @Matches(/^[0-9a-f]{64}$/) apiKeyHash?: string;
  /** Whether visits of ad networks' review bots count as clicks; `ignore` without it. */
  @Optional() @IsIn(REVIEW_BOT_POLICIES) reviewBots?: ReviewBotPolicy;
}
