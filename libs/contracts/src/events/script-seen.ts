import { IsString, MaxLength } from 'class-validator';
import { IsId, IsUtcTime, OptionalText } from '../validation';

/** The tracker ran on a page of the site. Published now and then, not for each visit. */
export class ScriptSeen {
  @IsId() siteId!: string;
  /** `https://example.com` */
  @IsString() @MaxLength(300) origin!: string;
  @IsUtcTime() seenAt!: string;
  @OptionalText(50) trackerVersion?: string;
}
