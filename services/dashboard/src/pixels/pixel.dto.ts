import { PIXEL_CODE, WIRE_FORMATS, type WireFormat } from '@clickjoin/contracts';
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsUUID, Matches, ValidateIf } from 'class-validator';
import { Line, Trimmed } from '../api/fields';
import type { PixelEntity } from './pixel.entity';

const IfGiven = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);
const IfText = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined && value !== null);

const PixelCode = (): PropertyDecorator =>
  applyDecorators(
    Trimmed(),
    Matches(PIXEL_CODE, { message: "$property must be the pixel's code: 8 to 64 letters and digits" }),
  );

/** Hardly any form is promised for TikTok's tokens; what can't stand in a header can't be one. */
const AccessToken = (): PropertyDecorator =>
  applyDecorators(
    Trimmed(),
    Matches(/^[\x21-\x7e]{8,1000}$/, {
      message: "$property must be the pixel's access token: 8 to 1000 characters without spaces",
    }),
  );

export class NewPixelDto {
  @ApiProperty({ minLength: 1, maxLength: 200 })
  @Line(200)
  name!: string;

  @ApiProperty({ pattern: PIXEL_CODE.source, example: 'C4A1B2C3D4E5F6G7H8I9' })
  @PixelCode()
  pixelCode!: string;

  @ApiProperty({ format: 'password', writeOnly: true, description: 'Kept sealed, and never returned.' })
  @AccessToken()
  accessToken!: string;

  @ApiPropertyOptional({ enum: WIRE_FORMATS, default: '1.0', description: 'Version of the Events API.' })
  @IfGiven()
  @IsIn(WIRE_FORMATS)
  wireFormat?: WireFormat;

  @ApiPropertyOptional({
    type: String,
    maxLength: 100,
    description: 'While set, every event is sent as a test event.',
  })
  @IfGiven()
  @Line(100)
  testEventCode?: string;
}

export class PixelChangeDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 200 })
  @IfGiven()
  @Line(200)
  name?: string;

  @ApiPropertyOptional({ pattern: PIXEL_CODE.source })
  @IfGiven()
  @PixelCode()
  pixelCode?: string;

  @ApiPropertyOptional({ format: 'password', writeOnly: true })
  @IfGiven()
  @AccessToken()
  accessToken?: string;

  @ApiPropertyOptional({ enum: WIRE_FORMATS })
  @IfGiven()
  @IsIn(WIRE_FORMATS)
  wireFormat?: WireFormat;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 100, description: '`null` removes it.' })
  @IfText()
  @Line(100)
  testEventCode?: string | null;

  @ApiPropertyOptional({ description: 'Paused by hand: deliveries wait.' })
  @IfGiven()
  @IsBoolean()
  isPaused?: boolean;
}

export class PixelParam {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  pixelId!: string;
}

export class PixelView {
  @ApiProperty({ format: 'uuid' }) pixelId!: string;
  @ApiProperty({ format: 'uuid' }) siteId!: string;
  @ApiProperty() name!: string;
  @ApiProperty() pixelCode!: string;
  @ApiProperty({ enum: WIRE_FORMATS }) wireFormat!: WireFormat;
  @ApiProperty({ type: String, nullable: true }) testEventCode!: string | null;
  @ApiProperty() isPaused!: boolean;
  @ApiProperty({ description: 'Counts up with each change.' }) version!: number;
  @ApiProperty({ format: 'date-time' }) configuredAt!: string;

  /** Field by field, so that the token can't come along. */
  static of(pixel: PixelEntity): PixelView {
    const { pixelId, siteId, name, pixelCode, wireFormat, testEventCode, isPaused, version } = pixel;
    return {
      pixelId,
      siteId,
      name,
      pixelCode,
      wireFormat,
      testEventCode,
      isPaused,
      version,
      configuredAt: pixel.configuredAt.toISOString(),
    };
  }
}

export class PixelList {
  @ApiProperty({ type: [PixelView] }) items!: PixelView[];
}
