import type { AttributionTimes, JoinReceived } from '@clickjoin/contracts';

/** By what one join is judged, whole: what the join itself left open is filled with the service's defaults. */
export interface AppliedRule {
  /** How long after its click a join still counts. */
  readonly windowMs: number;
  /** How much earlier than its click, or than the bot's start, a join may look: Telegram's clock has whole seconds. */
  readonly toleranceMs: number;
  /** How long a join waits for its click. */
  readonly graceMs: number;
  /** A join without a link of ours may belong to a start of the bot, and waits for it. */
  readonly awaitsBotStart: boolean;
}

/**
 * The rule travels with the join (ADR 8): a change of the channel's settings applies to new joins only. It is kept
 * with the join, so a change of the defaults does not reach joins that wait.
 */
export const ruleOf = ({ rule }: JoinReceived, defaults: Required<AttributionTimes>): AppliedRule => ({
  windowMs: rule?.windowMs ?? defaults.windowMs,
  toleranceMs: rule?.toleranceMs ?? defaults.toleranceMs,
  graceMs: rule?.graceMs ?? defaults.graceMs,
  awaitsBotStart: rule?.awaitsBotStart ?? false,
});
