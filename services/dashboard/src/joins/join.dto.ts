import {
  ATTRIBUTION_METHODS,
  JOIN_ROUTES,
  ORGANIC_REASONS,
  type AttributionMethod,
  type JoinRoute,
  type OrganicReason,
} from '@clickjoin/contracts';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsUUID } from 'class-validator';
import { PageQuery, PageView } from '../api/page.dto';
import { DeliveryView } from '../deliveries/delivery.dto';

export const JOIN_STATUSES = ['attributed', 'organic', 'waiting'] as const;
export type JoinStatus = (typeof JOIN_STATUSES)[number];

export class JoinsQuery extends PageQuery {
  @ApiPropertyOptional({ enum: JOIN_STATUSES })
  @IsOptional()
  @IsIn(JOIN_STATUSES)
  status?: JoinStatus;

  @ApiPropertyOptional({ enum: ORGANIC_REASONS })
  @IsOptional()
  @IsIn(ORGANIC_REASONS)
  reason?: OrganicReason;
}

export class JoinParam {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  joinId!: string;
}

/** Personal data, apart from the rest. */
export class PersonView {
  @ApiProperty() telegramUserId!: string;
}

export class WhyOrganicView {
  @ApiProperty({ enum: ORGANIC_REASONS }) reason!: OrganicReason;
  @ApiProperty() title!: string;
  @ApiProperty() explanation!: string;
  @ApiProperty({ type: String, nullable: true, description: 'What to do about it, if anything.' })
  advice!: string | null;
  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The click that did not count.' })
  consideredClickId!: string | null;
}

export class ConversionView {
  @ApiProperty({ format: 'uuid' }) conversionId!: string;
  @ApiProperty({ format: 'uuid' }) clickId!: string;
  @ApiProperty({ enum: ATTRIBUTION_METHODS }) method!: AttributionMethod;
  @ApiProperty({ format: 'date-time' }) clickedAt!: string;
  @ApiProperty({ description: "Slightly negative at times, since Telegram's clock has whole seconds." })
  clickAgeMs!: number;
  @ApiProperty({ description: 'Without it TikTok matches by address and browser only: a weaker match.' })
  hasTtclid!: boolean;
  @ApiProperty() hasIp!: boolean;
  @ApiProperty() hasUserAgent!: boolean;
}

export class JoinView {
  @ApiProperty({ format: 'uuid' }) joinId!: string;
  @ApiProperty({ enum: JOIN_STATUSES }) status!: JoinStatus;
  @ApiProperty() chatId!: string;
  @ApiProperty({ type: String, nullable: true }) channelTitle!: string | null;
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) siteId!: string | null;
  @ApiProperty({ format: 'date-time' }) joinedAt!: string;
  @ApiProperty({
    enum: JOIN_ROUTES,
    nullable: true,
    description: 'Null until the report of the join is here.',
  })
  route!: JoinRoute | null;
  @ApiProperty({ type: Boolean, nullable: true, description: 'Whether Telegram named an invite link.' })
  hasLink!: boolean | null;
  @ApiProperty({ type: PersonView }) person!: PersonView;
  @ApiProperty({ type: ConversionView, nullable: true }) conversion!: ConversionView | null;
  @ApiProperty({ type: WhyOrganicView, nullable: true }) organic!: WhyOrganicView | null;
}

export class JoinPage extends PageView {
  @ApiProperty({ type: [JoinView] }) items!: JoinView[];
}

export class JoinDetailView extends JoinView {
  @ApiProperty({ type: [DeliveryView] }) deliveries!: DeliveryView[];
}
