import { REVIEW_BOT_POLICIES, TRACKER_DEFAULTS, type ReviewBotPolicy } from '@clickjoin/contracts';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsUUID,
  Max,
  Min,
  registerDecorator,
  ValidateNested,
} from 'class-validator';
import { IfGiven, Line } from '../api/fields';
import type { SiteEntity } from './site.entity';

/** As a browser sends it in the `Origin` header: scheme, host, port if any, nothing after it. */
export function isOrigin(text: unknown): boolean {
  // URLs may hold more than host names do, such as the `*` of a wildcard, which would never match.
  if (typeof text !== 'string' || !/^https?:\/\/[a-z0-9.:[\]-]+$/.test(text)) return false;
  return URL.canParse(text) && new URL(text).origin === text;
}

const IsOrigins = (): PropertyDecorator => (target, property) =>
  registerDecorator({
    name: 'isOrigins',
    target: target.constructor,
    propertyName: String(property),
    validator: {
      validate: (value: unknown) => Array.isArray(value) && value.every(isOrigin),
      defaultMessage: () => '$property must hold origins such as https://example.com, without a path',
    },
  });

const ORIGINS = {
  type: String,
  isArray: true,
  maxItems: 100,
  example: 'https://example.com',
  description: 'From pages of which addresses a browser may use the site: scheme and host, no path.',
} as const;

/** What is left out stays, or is the default of a new site. */
export class TrackerChangeDto {
  @ApiPropertyOptional({
    default: TRACKER_DEFAULTS.isEnabled,
    description: 'The kill switch: off, the script leaves the page as it is and stores nothing.',
  })
  @IfGiven()
  @IsBoolean()
  isEnabled?: boolean;

  @ApiPropertyOptional({
    minimum: 1,
    maximum: 90,
    default: TRACKER_DEFAULTS.keepDays,
    description: "How long the visitor's browser keeps the ad click, in days.",
  })
  @IfGiven()
  @IsInt()
  @Min(1)
  @Max(90)
  keepDays?: number;

  @ApiPropertyOptional({
    default: TRACKER_DEFAULTS.needsConsent,
    description: 'Stores nothing until the page says that the visitor agreed.',
  })
  @IfGiven()
  @IsBoolean()
  needsConsent?: boolean;

  @ApiPropertyOptional({
    default: TRACKER_DEFAULTS.respectsDoNotTrack,
    description: 'Stores nothing for browsers that ask not to be tracked.',
  })
  @IfGiven()
  @IsBoolean()
  respectsDoNotTrack?: boolean;
}

const REVIEW_BOTS = {
  enum: REVIEW_BOT_POLICIES,
  default: 'ignore',
  description: "Whether visits of ad networks' review bots count as clicks.",
} as const;

export class SiteChangeDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 200 })
  @IfGiven()
  @Line(200)
  name?: string;

  @ApiPropertyOptional(ORIGINS)
  @IfGiven()
  @IsArray()
  @ArrayMaxSize(100)
  @IsOrigins()
  allowedOrigins?: string[];

  @ApiPropertyOptional({ type: TrackerChangeDto })
  @IfGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => TrackerChangeDto)
  tracker?: TrackerChangeDto;

  @ApiPropertyOptional(REVIEW_BOTS)
  @IfGiven()
  @IsIn(REVIEW_BOT_POLICIES)
  reviewBots?: ReviewBotPolicy;
}

export class NewSiteDto {
  @ApiProperty({ minLength: 1, maxLength: 200, description: 'For people; visitors never see it.' })
  @Line(200)
  name!: string;

  @ApiPropertyOptional({ ...ORIGINS, default: [] })
  @IfGiven()
  @IsArray()
  @ArrayMaxSize(100)
  @IsOrigins()
  allowedOrigins?: string[];

  @ApiPropertyOptional({ type: TrackerChangeDto })
  @IfGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => TrackerChangeDto)
  tracker?: TrackerChangeDto;

  @ApiPropertyOptional(REVIEW_BOTS)
  @IfGiven()
  @IsIn(REVIEW_BOT_POLICIES)
  reviewBots?: ReviewBotPolicy;
}

export class SiteParam {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  siteId!: string;
}

export class TrackerView {
  @ApiProperty({ description: 'Off: the script leaves the page as it is and stores nothing.' })
  isEnabled!: boolean;
  @ApiProperty({ description: "How long the visitor's browser keeps the ad click, in days." })
  keepDays!: number;
  @ApiProperty({ description: 'Stores nothing until the page says that the visitor agreed.' })
  needsConsent!: boolean;
  @ApiProperty({ description: 'Stores nothing for browsers that ask not to be tracked.' })
  respectsDoNotTrack!: boolean;
}

export class SiteView {
  @ApiProperty({ format: 'uuid' }) siteId!: string;
  @ApiProperty() name!: string;
  @ApiProperty(ORIGINS) allowedOrigins!: string[];
  @ApiProperty({ type: TrackerView }) tracker!: TrackerView;
  @ApiProperty(REVIEW_BOTS) reviewBots!: ReviewBotPolicy;
  @ApiProperty({ description: "Whether the site's servers have a key for POST /v1/clicks." })
  hasApiKey!: boolean;
  @ApiProperty({ description: 'Counts up with each change.' }) version!: number;
  @ApiProperty({ format: 'date-time' }) configuredAt!: string;

  static of(site: SiteEntity): SiteView {
    const { siteId, name, allowedOrigins, tracker, reviewBots, apiKeyHash, version, configuredAt } = site;
    return {
      siteId,
      name,
      allowedOrigins,
      tracker: Object.assign({ ...TRACKER_DEFAULTS }, tracker),
      reviewBots: reviewBots ?? 'ignore',
      hasApiKey: apiKeyHash !== null,
      version,
      configuredAt: configuredAt.toISOString(),
    };
  }
}

export class SiteList {
  @ApiProperty({ type: [SiteView] }) items!: SiteView[];
}

export class SiteApiKeyView {
  @ApiProperty({
    description:
      "Shown this once; only its hash is kept. The site's servers send it as `Authorization: Bearer …`. An older key no longer works.",
  })
  apiKey!: string;
}
