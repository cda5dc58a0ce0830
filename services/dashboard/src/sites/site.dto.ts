import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsUUID, registerDecorator, ValidateIf } from 'class-validator';
import { Line } from '../api/fields';
import type { SiteEntity } from './site.entity';

/** As a browser sends it in the `Origin` header: scheme, host, port if any, nothing after it. */
export function isOrigin(text: unknown): boolean {
  // URLs may hold more than host names do, such as the `*` of a wildcard, which would never match.
  if (typeof text !== 'string' || !/^https?:\/\/[a-z0-9.:[\]-]+$/.test(text)) return false;
  return URL.canParse(text) && new URL(text).origin === text;
}

const IsOrigins = (): PropertyDecorator => (target, property) =>
  registerDecorator({
    name: 'isOrigins',
    target: target.constructor,
    propertyName: String(property),
    validator: {
      validate: (value: unknown) => Array.isArray(value) && value.every(isOrigin),
      defaultMessage: () => '$property must hold origins such as https://example.com, without a path',
    },
  });

export class NewSiteDto {
  @ApiProperty({ minLength: 1, maxLength: 200 })
  @Line(200)
  name!: string;

  @ApiPropertyOptional({ type: [String], example: ['https://example.com'], default: [] })
  @ValidateIf((_, value) => value !== undefined)
  @IsArray()
  @ArrayMaxSize(100)
  @IsOrigins()
  allowedOrigins?: string[];
}

export class SiteChangeDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 200 })
  @ValidateIf((_, value) => value !== undefined)
  @Line(200)
  name?: string;

  @ApiPropertyOptional({ type: [String] })
  @ValidateIf((_, value) => value !== undefined)
  @IsArray()
  @ArrayMaxSize(100)
  @IsOrigins()
  allowedOrigins?: string[];
}

export class SiteParam {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  siteId!: string;
}

export class SiteView {
  @ApiProperty({ format: 'uuid' }) siteId!: string;
  @ApiProperty() name!: string;
  @ApiProperty({ type: [String] }) allowedOrigins!: string[];
  @ApiProperty({ description: 'Counts up with each change.' }) version!: number;
  @ApiProperty({ format: 'date-time' }) configuredAt!: string;

  static of({ siteId, name, allowedOrigins, version, configuredAt }: SiteEntity): SiteView {
    return { siteId, name, allowedOrigins, version, configuredAt: configuredAt.toISOString() };
  }
}

export class SiteList {
  @ApiProperty({ type: [SiteView] }) items!: SiteView[];
}
