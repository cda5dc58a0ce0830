import { TELEGRAM_CHAT_ID } from '@clickjoin/contracts';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';

/** Which events a list or a sum is about. */
export class ScopeQuery {
  @ApiPropertyOptional({ format: 'uuid', description: 'Of this site.' })
  @IsOptional()
  @IsUUID()
  siteId?: string;

  @ApiPropertyOptional({ example: '-1001234567890', description: 'Of this channel.' })
  @IsOptional()
  @Matches(TELEGRAM_CHAT_ID, { message: '$property must be the id of a Telegram chat' })
  chatId?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'From this time on.' })
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  from?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Before this time.' })
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  to?: string;
}

const Cursor = (): PropertyDecorator => (target, key) => {
  ApiPropertyOptional({ description: 'The `nextCursor` of the page before.' })(target, key);
  IsOptional()(target, key);
  IsString()(target, key);
  MaxLength(200)(target, key);
};

const Limit = (): PropertyDecorator => (target, key) => {
  ApiPropertyOptional({ minimum: 1, maximum: 200, default: 50 })(target, key);
  Type(() => Number)(target, key);
  IsInt()(target, key);
  Min(1)(target, key);
  Max(200)(target, key);
};

export class CursorQuery {
  @Cursor() cursor?: string;
  @Limit() limit: number = 50;
}

export class PageQuery extends ScopeQuery {
  @Cursor() cursor?: string;
  @Limit() limit: number = 50;
}

export class PageView {
  @ApiProperty({ type: String, nullable: true, description: 'Null on the last page.' })
  nextCursor!: string | null;
}
