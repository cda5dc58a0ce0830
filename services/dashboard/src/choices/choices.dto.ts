import {
  DELIVERY_STATES,
  EVENT_TYPES,
  ORGANIC_REASONS,
  type DeliveryState,
  type EventType,
  type OrganicReason,
} from '@clickjoin/contracts';
import { ApiProperty } from '@nestjs/swagger';

export class EventTypeChoice {
  @ApiProperty({ enum: EVENT_TYPES }) eventType!: EventType;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The name that TikTok gets. Null: the custom name.',
  })
  tiktokEventName!: string | null;
  @ApiProperty({ description: 'What it is best for.' }) hint!: string;
}

export class ReasonChoice {
  @ApiProperty({ enum: ORGANIC_REASONS }) reason!: OrganicReason;
  @ApiProperty({ description: 'A few words, for a table.' }) title!: string;
  @ApiProperty({ description: 'What happened.' }) explanation!: string;
  @ApiProperty({ type: String, nullable: true, description: 'What to do about it, if anything.' })
  advice!: string | null;
}

export class DeliveryStateChoice {
  @ApiProperty({ enum: DELIVERY_STATES }) state!: DeliveryState;
  @ApiProperty({ description: 'A few words, for a table.' }) title!: string;
  @ApiProperty({ description: 'What it means.' }) explanation!: string;
}

export class BoundsView {
  @ApiProperty() min!: number;
  @ApiProperty() max!: number;
}

export class AttributionBoundsView {
  @ApiProperty({ type: BoundsView, description: 'In ms.' }) windowMs!: BoundsView;
  @ApiProperty({ type: BoundsView, description: 'In ms.' }) toleranceMs!: BoundsView;
  @ApiProperty({ type: BoundsView, description: 'In ms.' }) graceMs!: BoundsView;
}

/** What can be chosen, with the words for it: kept in one place, so that forms need not repeat it. */
export class ChoicesView {
  @ApiProperty({ type: [EventTypeChoice] }) eventTypes!: EventTypeChoice[];
  @ApiProperty({ enum: EVENT_TYPES }) defaultEventType!: EventType;
  @ApiProperty({ type: [String] }) currencies!: string[];
  @ApiProperty() defaultCurrency!: string;
  @ApiProperty({ type: AttributionBoundsView }) attributionBounds!: AttributionBoundsView;
  @ApiProperty({ type: [ReasonChoice] }) organicReasons!: ReasonChoice[];
  @ApiProperty({ type: [DeliveryStateChoice] }) deliveryStates!: DeliveryStateChoice[];
}
