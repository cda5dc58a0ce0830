import { DELIVERY_STATES, TELEGRAM_CHAT_ID, type DeliveryState } from '@clickjoin/contracts';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsISO8601,
  IsObject,
  IsUUID,
  Matches,
  ValidateNested,
} from 'class-validator';
import { IfGiven } from '../api/fields';

export class ReplayFilterDto {
  @ApiPropertyOptional({ format: 'uuid' })
  @IfGiven()
  @IsUUID()
  siteId?: string;

  @ApiPropertyOptional({ format: 'uuid' })
  @IfGiven()
  @IsUUID()
  pixelId?: string;

  @ApiPropertyOptional({ example: '-1001234567890' })
  @IfGiven()
  @Matches(TELEGRAM_CHAT_ID, { message: '$property must be the id of a Telegram chat' })
  chatId?: string;

  @ApiPropertyOptional({ enum: DELIVERY_STATES, isArray: true })
  @IfGiven()
  @IsArray()
  @IsIn(DELIVERY_STATES, { each: true })
  states?: DeliveryState[];

  @ApiPropertyOptional({ format: 'date-time' })
  @IfGiven()
  @IsISO8601({ strict: true, strictSeparator: true })
  joinedFrom?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  @IfGiven()
  @IsISO8601({ strict: true, strictSeparator: true })
  joinedTo?: string;
}

export class ReplayDto {
  @ApiPropertyOptional({
    type: [String],
    format: 'uuid',
    maxItems: 1000,
    description: 'These. Or a filter, not both.',
  })
  @IfGiven()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @IsUUID(undefined, { each: true, message: '$property must hold ids of deliveries' })
  deliveryIds?: string[];

  @ApiPropertyOptional({ type: ReplayFilterDto, description: 'All that match. Or ids, not both.' })
  @IfGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => ReplayFilterDto)
  filter?: ReplayFilterDto;

  @ApiProperty({ description: '`true` only counts.' })
  @IsBoolean()
  dryRun!: boolean;

  @ApiPropertyOptional({
    description:
      'Somebody knows that TikTok never got what was held since an earlier database may have had it sent: lets these go.',
  })
  @IfGiven()
  @IsBoolean()
  confirmedUnsent?: boolean;
}

export class ReplayRefusalView {
  @ApiProperty({ format: 'uuid' }) deliveryId!: string;
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'Null: there is no such delivery.',
  })
  conversionId!: string | null;
  @ApiProperty({ description: 'One word or two, for programs.' }) reason!: string;
  @ApiProperty({ description: 'In plain words.' }) explanation!: string;
}

export class ReplayView {
  @ApiProperty() dryRun!: boolean;
  @ApiProperty({ description: 'How many the ids or the filter name.' }) matched!: number;
  @ApiProperty({ description: 'How many of them were, or in a dry run would be, sent again.' })
  replayed!: number;
  @ApiProperty({ description: 'How many are refused: sending them again could count twice, or is no use.' })
  refusedCount!: number;
  @ApiProperty({ type: [ReplayRefusalView], description: 'The first of them.' })
  refused!: ReplayRefusalView[];
}
