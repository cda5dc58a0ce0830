import { IsInt, Min } from 'class-validator';
import { IsUtcTime } from '../validation';

/**
 * A settings record is published whole. Tables keep the latest by `configuredAt`, then `version`, in whatever order
 * they read.
 */
export class Versioned {
  @IsInt() @Min(1) version!: number;
  @IsUtcTime() configuredAt!: string;
}
