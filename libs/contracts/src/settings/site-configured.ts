import { ArrayMaxSize, IsArray, IsString, MaxLength, MinLength } from 'class-validator';
import { IsId } from '../validation';
import { Versioned } from './versioned';

/** A landing site: groups channels and pixels. */
export class SiteConfigured extends Versioned {
  @IsId() siteId!: string;
  @IsString() @MinLength(1) @MaxLength(200) name!: string;
  /** Origins (`https://example.com`) that may use the site from a browser. */
  @IsArray() @ArrayMaxSize(100) @IsString({ each: true }) allowedOrigins!: string[];
}
