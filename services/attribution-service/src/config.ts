import { DatabaseConfig } from '@clickjoin/service-kit';
import { IsInt, Max, Min } from 'class-validator';

const DAY_MS = 86_400_000;

export class AttributionConfig extends DatabaseConfig {
  override readonly port: number = 4003;

  /** How long a join waits for its click. The two topics are not ordered against each other. */
  @IsInt() @Min(0) @Max(3_600_000) readonly graceMs: number = 60_000;

  /** How long after its click a join still counts. TikTok's default click-through window is 7 days. */
  @IsInt() @Min(60_000) @Max(28 * DAY_MS) readonly windowMs: number = 7 * DAY_MS;

  /** How much earlier than its click a join may look. Telegram's clock has whole seconds. */
  @IsInt() @Min(1_000) @Max(600_000) readonly toleranceMs: number = 2_000;
}
