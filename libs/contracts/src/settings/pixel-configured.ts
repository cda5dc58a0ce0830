import { IsBoolean, IsIn, IsString, Matches, MaxLength, MinLength } from 'class-validator';
import { WIRE_FORMATS, type WireFormat } from '../events/delivery-updated';
import { SealedSecret } from '../sealed-secret';
import { IsId, Nested, OptionalText } from '../validation';
import { Versioned } from './versioned';

export const PIXEL_CODE = /^[A-Za-z0-9]{8,64}$/;

/** A TikTok pixel: gets every conversion of its site. */
export class PixelConfigured extends Versioned {
  @IsId() pixelId!: string;
  @IsId() siteId!: string;
  @IsString() @MinLength(1) @MaxLength(200) name!: string;
  @Matches(PIXEL_CODE) pixelCode!: string;
  @IsIn(WIRE_FORMATS) wireFormat!: WireFormat;
  @Nested(() => SealedSecret) accessToken!: SealedSecret;
  /** While set, every event is sent as a test event. */
  @OptionalText(100) testEventCode?: string;
  /** Paused by hand: deliveries wait. */
  @IsBoolean() isPaused!: boolean;
}
