import { IsBoolean, IsInt, Max, Min } from 'class-validator';
import { applyDecorators } from '../apply-decorators';
import { Optional } from '../validation';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** What a channel may be set to, in ms; both ends are allowed. */
export const ATTRIBUTION_BOUNDS = {
  /** Clicks are kept in their topic for 30 days, and TikTok looks back 28 days at most. */
  windowMs: { min: MINUTE, max: 28 * DAY },
  toleranceMs: { min: 0, max: MINUTE },
  graceMs: { min: 1_000, max: 10 * MINUTE },
} as const;

/** In the order in which decorators stand on a field run: the last says the schema's type. */
const Bounded = ({ min, max }: { min: number; max: number }): PropertyDecorator =>
  applyDecorators(Max(max), Min(min), IsInt(), Optional());

/** How long a click counts, and how long a join waits for it. What is left out follows attribution's own default. */
export class AttributionTimes {
  /** How long after its click a join still counts. */
  @Bounded(ATTRIBUTION_BOUNDS.windowMs) windowMs?: number;
  /** How much earlier than its click a join may look: Telegram's clock has whole seconds. */
  @Bounded(ATTRIBUTION_BOUNDS.toleranceMs) toleranceMs?: number;
  /** How long a join waits for its click. */
  @Bounded(ATTRIBUTION_BOUNDS.graceMs) graceMs?: number;
}

/**
 * By what a join is to be judged. It travels with the join: a change of the channel's settings applies to new joins
 * only, and a replay years later decides as the first reading did (ADR 8).
 */
export class AttributionRule extends AttributionTimes {
  /** Visitors come by a bot start link: a join without a link may belong to a `BotStarted`, so it waits for one. */
  @Optional() @IsBoolean() awaitsBotStart?: boolean;
}
