import {
  DELIVERY_STATES,
  MATCH_LEVELS,
  VERDICTS,
  WIRE_FORMATS,
  type DeliveryState,
  type MatchLevel,
  type Verdict,
  type WireFormat,
} from '@clickjoin/contracts';
import { ApiProperty, ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { IsIn, IsOptional, IsUUID } from 'class-validator';
import { CursorQuery, PageView, ScopeQuery } from '../api/page.dto';

export class DeliveriesFilter extends ScopeQuery {
  @ApiPropertyOptional({ enum: DELIVERY_STATES })
  @IsOptional()
  @IsIn(DELIVERY_STATES)
  state?: DeliveryState;

  @ApiPropertyOptional({ format: 'uuid', description: 'To this pixel.' })
  @IsOptional()
  @IsUUID()
  pixelId?: string;
}

export class DeliveriesQuery extends IntersectionType(DeliveriesFilter, CursorQuery) {}

export class DeliveryParam {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  deliveryId!: string;
}

export class AttemptView {
  @ApiProperty({ description: 'Counts up from 1.' }) number!: number;
  @ApiProperty({ format: 'date-time' }) startedAt!: string;
  @ApiProperty({ description: 'In ms.' }) durationMs!: number;
  @ApiProperty({ enum: VERDICTS, description: 'What the answer means.' }) verdict!: Verdict;
  @ApiProperty({ description: 'In plain words.' }) explanation!: string;
  @ApiProperty({ type: Number, nullable: true, description: 'Null: no answer.' }) httpStatus!: number | null;
  @ApiProperty({ type: Number, nullable: true, description: "TikTok's return code; 0 is success." })
  code!: number | null;
  @ApiProperty({ type: String, nullable: true, description: "TikTok's own words." }) message!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'For TikTok’s support.' }) requestId!:
    string | null;
}

export class DeliveryView {
  @ApiProperty({ format: 'uuid' }) deliveryId!: string;
  @ApiProperty({ format: 'uuid' }) conversionId!: string;
  @ApiProperty({ format: 'uuid' }) joinId!: string;
  @ApiProperty({ format: 'uuid' }) pixelId!: string;
  @ApiProperty({ format: 'uuid' }) siteId!: string;
  @ApiProperty() chatId!: string;
  @ApiProperty({ description: "TikTok's key against counting twice." }) eventId!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Null before the first attempt.' })
  eventName!: string | null;
  @ApiProperty({ enum: DELIVERY_STATES }) state!: DeliveryState;
  @ApiProperty({ format: 'date-time' }) joinedAt!: string;
  @ApiProperty({ format: 'date-time' }) updatedAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) nextAttemptAt!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Why it is held, expired or possibly accepted.' })
  note!: string | null;
  @ApiProperty({
    type: String,
    enum: MATCH_LEVELS,
    nullable: true,
    description: 'How well TikTok can match it.',
  })
  matchLevel!: MatchLevel | null;
  @ApiProperty({ type: [AttemptView] }) attempts!: AttemptView[];
}

export class DeliveryPage extends PageView {
  @ApiProperty({ type: [DeliveryView] }) items!: DeliveryView[];
}

/** What is or was sent: the same bytes at each attempt. */
export class FrozenRequestView {
  @ApiProperty() eventName!: string;
  @ApiProperty({ enum: WIRE_FORMATS, description: 'Version of the Events API.' }) wireFormat!: WireFormat;
  @ApiProperty({ description: 'Where it goes.' }) url!: string;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'The token is hidden.',
  })
  headers!: Record<string, string>;
  @ApiProperty({ description: 'The very text.' }) body!: string;
}

export class DeliveryDetailView extends DeliveryView {
  @ApiProperty({
    description: 'Whether the dispatcher answered; if not, this is what was heard of it so far.',
  })
  isDispatcherReachable!: boolean;
  @ApiProperty({
    type: FrozenRequestView,
    nullable: true,
    description: 'Null before the first attempt, once it was erased, or while the dispatcher is away.',
  })
  request!: FrozenRequestView | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Since when the request is erased: no longer needed, or the person asked to be forgotten.',
  })
  requestErasedAt!: string | null;
}
