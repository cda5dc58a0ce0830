import { ATTRIBUTION_BOUNDS } from '@clickjoin/contracts';
import { DatabaseConfig } from '@clickjoin/service-kit';
import { IsInt, Max, Min } from 'class-validator';

const DAY_MS = 86_400_000;
/** The same as for a channel: retention counts on no window being longer. */
const { graceMs, windowMs, toleranceMs } = ATTRIBUTION_BOUNDS;

export class AttributionConfig extends DatabaseConfig {
  override readonly port: number = 4003;

  /** How long a join waits for its click. The two topics are not ordered against each other. */
  @IsInt() @Min(graceMs.min) @Max(graceMs.max) readonly graceMs: number = 60_000;

  /** How long after its click a join still counts. TikTok's default click-through window is 7 days. */
  @IsInt() @Min(windowMs.min) @Max(windowMs.max) readonly windowMs: number = 7 * DAY_MS;

  /** How much earlier than its click a join may look. Telegram's clock has whole seconds. */
  @IsInt() @Min(toleranceMs.min) @Max(toleranceMs.max) readonly toleranceMs: number = 2_000;

  /** For how long clicks are kept that led to no join. The longest window is 28 days, and a join may be told late. */
  @IsInt() @Min(31) @Max(3_650) readonly clicksKeptDays: number = 35;

  /** For how long joins are kept, and can be explained. */
  @IsInt() @Min(31) @Max(3_650) readonly joinsKeptDays: number = 35;

  /** For how long a converted link is known, without its click's facts: who comes by it again has been here before. */
  @IsInt() @Min(31) @Max(3_650) readonly linksKeptDays: number = 400;
}
