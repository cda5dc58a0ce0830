import {
  ATTRIBUTION_METHODS,
  DELIVERY_STATES,
  JOIN_ROUTES,
  LEAVE_KINDS,
  MATCH_LEVELS,
  MATCH_SIGNALS,
  ORGANIC_REASONS,
  type AttributionMethod,
  type DeliveryState,
  type JoinRoute,
  type LeaveKind,
  type MatchLevel,
  type MatchSignal,
  type OrganicReason,
} from '@clickjoin/contracts';
import { ApiProperty, ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { IsIn, IsOptional, IsUUID, Matches } from 'class-validator';
import { Trimmed } from '../api/fields';
import { CursorQuery, PageView, ScopeQuery } from '../api/page.dto';
import { DeliveryView } from '../deliveries/delivery.dto';

export const JOIN_OUTCOMES = ['attributed', 'organic', 'waiting', 'erased'] as const;
export type JoinOutcome = (typeof JOIN_OUTCOMES)[number];

const OUTCOMES_IN_WORDS =
  '`waiting`: not decided yet. `erased`: the person was erased before; it will not be decided, and counts nowhere.';

export class JoinsFilter extends ScopeQuery {
  @ApiPropertyOptional({ enum: JOIN_OUTCOMES, description: OUTCOMES_IN_WORDS })
  @IsOptional()
  @IsIn(JOIN_OUTCOMES)
  outcome?: JoinOutcome;

  @ApiPropertyOptional({ enum: ORGANIC_REASONS, description: 'Organic for this reason.' })
  @IsOptional()
  @IsIn(ORGANIC_REASONS)
  reason?: OrganicReason;

  @ApiPropertyOptional({ description: 'A Telegram user id, or the id of a join: the whole of it.' })
  @IsOptional()
  @Trimmed()
  @Matches(/^(?:\d{1,16}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$/, {
    message: '$property must be a Telegram user id or the id of a join',
  })
  q?: string;
}

export class JoinsQuery extends IntersectionType(JoinsFilter, CursorQuery) {}

export class JoinParam {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  joinId!: string;
}

/** Personal data, apart from the rest. */
export class PersonView {
  @ApiProperty({ type: String, nullable: true, description: 'Null: the person was erased.' })
  telegramUserId!: string | null;
}

export class WhyOrganicView {
  @ApiProperty({ enum: ORGANIC_REASONS }) reason!: OrganicReason;
  @ApiProperty({ description: 'A few words.' }) title!: string;
  @ApiProperty({ description: 'What happened.' }) explanation!: string;
  @ApiProperty({ type: String, nullable: true, description: 'What to do about it, if anything.' })
  advice!: string | null;
  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The click that did not count.' })
  consideredClickId!: string | null;
}

export class ConversionView {
  @ApiProperty({ format: 'uuid' }) conversionId!: string;
  @ApiProperty({ format: 'uuid' }) clickId!: string;
  @ApiProperty({ enum: ATTRIBUTION_METHODS, description: 'By what the join was tied to the click.' })
  method!: AttributionMethod;
  @ApiProperty({ format: 'date-time' }) clickedAt!: string;
  @ApiProperty({
    description: "In ms. Slightly negative at times, since Telegram's clock has whole seconds.",
  })
  clickAgeMs!: number;
  @ApiProperty({ description: 'Without it TikTok matches by address and browser only: a weaker match.' })
  hasTtclid!: boolean;
  @ApiProperty() hasIp!: boolean;
  @ApiProperty() hasUserAgent!: boolean;
  @ApiProperty({ enum: MATCH_LEVELS, description: 'How well TikTok can tell whose conversion it is.' })
  matchLevel!: MatchLevel;
  @ApiProperty({ enum: MATCH_SIGNALS, isArray: true, description: 'By what, strongest first.' })
  matchSignals!: MatchSignal[];
}

export class LeftView {
  @ApiProperty({ format: 'date-time' }) leftAt!: string;
  @ApiProperty({ enum: LEAVE_KINDS, description: '`removed`: by an administrator.' }) kind!: LeaveKind;
}

export class JoinDeliveryView {
  @ApiProperty({ format: 'uuid' }) deliveryId!: string;
  @ApiProperty({ format: 'uuid' }) pixelId!: string;
  @ApiProperty({ enum: DELIVERY_STATES }) state!: DeliveryState;
}

class JoinFactsView {
  @ApiProperty({ format: 'uuid' }) joinId!: string;
  @ApiProperty({ enum: JOIN_OUTCOMES, description: OUTCOMES_IN_WORDS }) outcome!: JoinOutcome;
  @ApiProperty() chatId!: string;
  @ApiProperty({ type: String, nullable: true, description: 'As it is now. A stranger’s text.' })
  channelTitle!: string | null;
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: "Of the click; of an organic join, the channel's.",
  })
  siteId!: string | null;
  @ApiProperty({ format: 'date-time' }) joinedAt!: string;
  @ApiProperty({
    type: String,
    enum: JOIN_ROUTES,
    nullable: true,
    description: 'How Telegram says that the person came in. Null until the report of the join is here.',
  })
  route!: JoinRoute | null;
  @ApiProperty({ type: Boolean, nullable: true, description: 'Whether Telegram named an invite link.' })
  hasLink!: boolean | null;
  @ApiProperty({ type: Boolean, nullable: true, description: 'Whether it was a whole link of ours.' })
  hasOwnLink!: boolean | null;
  @ApiProperty({ description: 'Whether the person had been in the channel before.' }) isRejoin!: boolean;
  @ApiProperty({
    type: LeftView,
    nullable: true,
    description: 'When the person left again. Null: is still there, as far as known.',
  })
  left!: LeftView | null;
  @ApiProperty({ type: PersonView }) person!: PersonView;
  @ApiProperty({ type: ConversionView, nullable: true, description: 'Of an attributed join.' })
  conversion!: ConversionView | null;
  @ApiProperty({ type: WhyOrganicView, nullable: true, description: 'Of an organic join.' })
  organic!: WhyOrganicView | null;
}

export class JoinView extends JoinFactsView {
  @ApiProperty({ type: [JoinDeliveryView], description: 'One for each pixel of the site.' })
  deliveries!: JoinDeliveryView[];
}

export class JoinPage extends PageView {
  @ApiProperty({ type: [JoinView] }) items!: JoinView[];
}

export const TIMELINE_KINDS = [
  'click',
  'link',
  'earlier-join',
  'join',
  'decision',
  'delivery',
  'attempt',
  'left',
] as const;
export type TimelineKind = (typeof TIMELINE_KINDS)[number];

export class TimelineStepView {
  @ApiProperty({ enum: TIMELINE_KINDS }) kind!: TimelineKind;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Null: when is not known.' })
  at!: string | null;
  @ApiProperty({ description: 'A few words.' }) title!: string;
  @ApiProperty({ description: 'What happened.' }) explanation!: string;
  @ApiProperty({ enum: ['good', 'neutral', 'bad'], description: 'How to colour it.' })
  tone!: 'good' | 'neutral' | 'bad';
  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'Of a delivery or an attempt.' })
  deliveryId!: string | null;
}

export class JoinDetailView extends JoinFactsView {
  @ApiProperty({
    type: [TimelineStepView],
    description: 'From the click to the last attempt, in order of time.',
  })
  timeline!: TimelineStepView[];
  @ApiProperty({ type: [DeliveryView], description: 'One for each pixel of the site, with the attempts.' })
  deliveries!: DeliveryView[];
  @ApiProperty({
    type: 'object',
    nullable: true,
    additionalProperties: true,
    description:
      "The attribution-service's own account of the decision, for support. Null: it did not answer.",
  })
  explain!: Record<string, unknown> | null;
}
