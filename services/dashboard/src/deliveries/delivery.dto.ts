import { DELIVERY_STATES, VERDICTS, type DeliveryState, type Verdict } from '@clickjoin/contracts';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsUUID } from 'class-validator';
import { PageQuery, PageView } from '../api/page.dto';

export class DeliveriesQuery extends PageQuery {
  @ApiPropertyOptional({ enum: DELIVERY_STATES })
  @IsOptional()
  @IsIn(DELIVERY_STATES)
  state?: DeliveryState;

  @ApiPropertyOptional({ format: 'uuid' })
  @IsOptional()
  @IsUUID()
  pixelId?: string;
}

export class AttemptView {
  @ApiProperty() number!: number;
  @ApiProperty({ format: 'date-time' }) startedAt!: string;
  @ApiProperty() durationMs!: number;
  @ApiProperty({ enum: VERDICTS }) verdict!: Verdict;
  @ApiProperty({ description: 'In plain words.' }) explanation!: string;
  @ApiProperty({ type: Number, nullable: true }) httpStatus!: number | null;
  @ApiProperty({ type: Number, nullable: true, description: "TikTok's return code." }) code!: number | null;
  @ApiProperty({ type: String, nullable: true, description: "TikTok's own words." }) message!: string | null;
  @ApiProperty({ type: String, nullable: true }) requestId!: string | null;
}

export class DeliveryView {
  @ApiProperty({ format: 'uuid' }) deliveryId!: string;
  @ApiProperty({ format: 'uuid' }) conversionId!: string;
  @ApiProperty({ format: 'uuid' }) joinId!: string;
  @ApiProperty({ format: 'uuid' }) pixelId!: string;
  @ApiProperty({ format: 'uuid' }) siteId!: string;
  @ApiProperty() chatId!: string;
  @ApiProperty({ description: "TikTok's key against counting twice." }) eventId!: string;
  @ApiProperty({ type: String, nullable: true }) eventName!: string | null;
  @ApiProperty({ enum: DELIVERY_STATES }) state!: DeliveryState;
  @ApiProperty({ format: 'date-time' }) joinedAt!: string;
  @ApiProperty({ format: 'date-time' }) updatedAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) nextAttemptAt!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Why it is held, expired or possibly accepted.' })
  note!: string | null;
  @ApiProperty({ type: [AttemptView] }) attempts!: AttemptView[];
}

export class DeliveryPage extends PageView {
  @ApiProperty({ type: [DeliveryView] }) items!: DeliveryView[];
}
