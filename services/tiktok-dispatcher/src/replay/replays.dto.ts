import { DELIVERY_STATES, TELEGRAM_CHAT_ID, type DeliveryState } from '@clickjoin/contracts';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsISO8601,
  IsOptional,
  IsUUID,
  Matches,
  ValidateNested,
} from 'class-validator';

const DELIVERY_IDS_MAX = 1_000;

export class ReplayFilter {
  @IsOptional() @IsUUID() readonly siteId?: string;
  @IsOptional() @IsUUID() readonly pixelId?: string;
  @IsOptional() @Matches(TELEGRAM_CHAT_ID) readonly chatId?: string;
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @IsIn(DELIVERY_STATES, { each: true })
  readonly states?: DeliveryState[];
  /** Inclusive. */
  @IsOptional() @IsISO8601({ strict: true, strictSeparator: true }) readonly joinedFrom?: string;
  /** Exclusive. */
  @IsOptional() @IsISO8601({ strict: true, strictSeparator: true }) readonly joinedTo?: string;
}

export class ReplayRequest {
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(DELIVERY_IDS_MAX)
  @ArrayUnique()
  @IsUUID('all', { each: true })
  readonly deliveryIds?: string[];

  @IsOptional()
  @ValidateNested()
  @Type(() => ReplayFilter)
  readonly filter?: ReplayFilter;

  @IsBoolean() readonly dryRun!: boolean;

  /**
   * Somebody knows that TikTok never got what an earlier database of this service may have sent: lets go what is held
   * for that reason alone.
   */
  @IsOptional() @IsBoolean() readonly confirmedUnsent?: boolean;
}
