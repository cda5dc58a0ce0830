import {
  DELIVERY_STATES,
  MATCH_LEVELS,
  ORGANIC_REASONS,
  TELEGRAM_CHAT_ID,
  type DeliveryState,
  type MatchLevel,
  type OrganicReason,
} from '@clickjoin/contracts';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsISO8601, IsOptional, Matches } from 'class-validator';
import { IsTimeZone } from './time-zone';

export const INTERVALS = ['hour', 'day'] as const;
export type Interval = (typeof INTERVALS)[number];

export class OverviewQuery {
  @ApiProperty({
    format: 'date-time',
    description: 'From this time on; moved back to a full quarter of an hour.',
  })
  @IsISO8601({ strict: true, strictSeparator: true })
  from!: string;

  @ApiProperty({
    format: 'date-time',
    description: 'Before this time; moved on to a full quarter of an hour.',
  })
  @IsISO8601({ strict: true, strictSeparator: true })
  to!: string;

  @ApiPropertyOptional({
    enum: INTERVALS,
    default: 'day',
    description: 'Width of the series’ steps. At most 2,000 steps.',
  })
  @IsOptional()
  @IsIn(INTERVALS)
  interval?: Interval;

  @ApiPropertyOptional({
    default: 'UTC',
    example: 'Europe/Berlin',
    description: 'IANA name of the zone in which days and hours begin. Summer time is minded.',
  })
  @IsOptional()
  @IsTimeZone()
  timeZone?: string;

  @ApiPropertyOptional({ example: '-1001234567890', description: 'Only this channel.' })
  @IsOptional()
  @Matches(TELEGRAM_CHAT_ID, { message: '$property must be the id of a Telegram chat' })
  chatId?: string;
}

/** Clicks count by their own time, everything else by the time of the join. */
export class OverviewCounts {
  @ApiProperty() clicks!: number;
  @ApiProperty({ description: 'The sum of attributed, organic and waiting.' }) joins!: number;
  @ApiProperty() attributed!: number;
  @ApiProperty() organic!: number;
  @ApiProperty({ description: 'Not decided yet.' }) waiting!: number;
  @ApiProperty({ description: 'Attributed joins that TikTok accepted, by at least one pixel.' })
  accepted!: number;
}

export class OverviewTotals extends OverviewCounts {
  @ApiProperty({ description: 'Clicks that were given a link by which their join can be told.' })
  clicksAttributable!: number;
  @ApiProperty({ description: 'Clicks that carried TikTok’s `ttclid`.' }) clicksWithTtclid!: number;
}

export class OverviewStep extends OverviewCounts {
  @ApiProperty({ format: 'date-time', description: 'Begin of the hour or day.' }) startAt!: string;
}

export class OverviewChannel extends OverviewCounts {
  @ApiProperty() chatId!: string;
  @ApiProperty({ type: String, nullable: true, description: 'A stranger’s text.' }) title!: string | null;
  @ApiProperty({ description: 'Joins whose update named an invite link of ours.' }) joinsWithOwnLink!: number;
}

export class ReasonCount {
  @ApiProperty({ enum: ORGANIC_REASONS }) reason!: OrganicReason;
  @ApiProperty({ description: 'A few words.' }) title!: string;
  @ApiProperty() count!: number;
}

export class StateCount {
  @ApiProperty({ enum: DELIVERY_STATES }) state!: DeliveryState;
  @ApiProperty() count!: number;
}

export class MatchLevelCount {
  @ApiProperty({ enum: MATCH_LEVELS }) level!: MatchLevel;
  @ApiProperty() count!: number;
}

export class OverviewView {
  @ApiProperty({ format: 'uuid' }) siteId!: string;
  @ApiProperty({ format: 'date-time', description: 'As counted.' }) from!: string;
  @ApiProperty({ format: 'date-time', description: 'As counted.' }) to!: string;
  @ApiProperty({ enum: INTERVALS }) interval!: Interval;
  @ApiProperty() timeZone!: string;
  @ApiProperty({ type: OverviewTotals, description: 'The funnel: clicks → joins → attributed → accepted.' })
  totals!: OverviewTotals;
  @ApiProperty({ type: [OverviewStep], description: 'Every step of the range, also empty ones, in order.' })
  series!: OverviewStep[];
  @ApiProperty({ type: [ReasonCount], description: 'Of organic joins, the most frequent first.' })
  organicReasons!: ReasonCount[];
  @ApiProperty({ type: [StateCount], description: 'Of deliveries, of all pixels; only those that occur.' })
  deliveryStates!: StateCount[];
  @ApiProperty({ type: [MatchLevelCount], description: 'Of attributed joins: high, medium, low.' })
  matchLevels!: MatchLevelCount[];
  @ApiProperty({ type: [OverviewChannel], description: 'The most joins first.' })
  channels!: OverviewChannel[];
}
