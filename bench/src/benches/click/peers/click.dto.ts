import { Type } from 'class-transformer';
import { IsIP, IsOptional, IsString, Matches, MaxLength, ValidateNested } from 'class-validator';

export class UtmDto {
  @IsOptional() @IsString() @MaxLength(500) source?: string;
  @IsOptional() @IsString() @MaxLength(500) medium?: string;
  @IsOptional() @IsString() @MaxLength(500) campaign?: string;
  @IsOptional() @IsString() @MaxLength(500) content?: string;
  @IsOptional() @IsString() @MaxLength(500) term?: string;
}

export class VisitorDto {
  @IsOptional() @IsIP() ip?: string;
  @IsOptional() @IsString() @MaxLength(2048) userAgent?: string;
}

export class ClickDto {
  @Matches(/^[a-z0-9-]{1,64}$/) slug!: string;
  @IsOptional() @IsString() @MaxLength(4096) ttclid?: string;
  @IsOptional() @ValidateNested() @Type(() => UtmDto) utm?: UtmDto;
  @IsOptional() @IsString() @MaxLength(8192) url?: string;
  @IsOptional() @IsString() @MaxLength(8192) referrer?: string;
  @IsOptional() @ValidateNested() @Type(() => VisitorDto) visitor?: VisitorDto;
}
