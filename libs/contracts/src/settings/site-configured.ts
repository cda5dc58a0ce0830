import { ArrayMaxSize, IsArray, IsString, IsUUID, MaxLength, MinLength } from 'class-validator';
import { Versioned } from './versioned';

/** A landing site: groups channels and pixels. */
export class SiteConfigured extends Versioned {
  @IsUUID() siteId!: string;
  @IsString() @MinLength(1) @MaxLength(200) name!: string;
  /** Origins (`https://example.com`) that may use the site from a browser. */
  @IsArray() @ArrayMaxSize(100) @IsString({ each: true }) allowedOrigins!: string[];
}
