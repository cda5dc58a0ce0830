/** Requests that may begin, one after the other. */
export interface Permits {
  readonly granted: number;
  /** From now to the first. */
  readonly firstInMs: number;
  readonly spacingMs: number;
  /** From now to the first that was not given out. */
  readonly nextInMs: number;
}

/** A request that reaches TikTok later after its permit's time than this crowds together with those after it. */
export const PERMIT_TOLERANCE_MS = 100;

/** A permit that is not used by then is none any more. The rest of the tolerance is for the way to TikTok. */
export const PERMIT_VALID_MS = PERMIT_TOLERANCE_MS / 2;

/** Permits are given out so far ahead at most: what begins later had better stay with whoever is free then. */
export const PERMIT_HORIZON_MS = 250;

/**
 * The distance between two permits. With requests that arrive up to the tolerance late, they still are no more than the
 * rate in any second, whatever instances they were given to.
 */
export const spacingMsOf = (perSecond: number): number => (1_000 + PERMIT_TOLERANCE_MS) / perSecond;

/**
 * Gives out permits, evenly spaced and never in advance of their time: there is no saved-up burst, so that no second
 * has more than the rate. Pure.
 * @param nextInMs from now to the first that is not given out yet; negative when it has been free for a while
 */
export function givePermits(nextInMs: number, wanted: number, perSecond: number): Permits {
  const spacingMs = spacingMsOf(perSecond);
  const firstInMs = Math.max(0, nextInMs);
  const within = Math.floor((PERMIT_HORIZON_MS - firstInMs) / spacingMs) + 1;
  const granted = Math.max(0, Math.min(wanted, within));
  return { granted, firstInMs, spacingMs, nextInMs: firstInMs + granted * spacingMs };
}

const FIRST_BLOCK_MS = 1_000;
const LONGEST_BLOCK_MS = 5 * 60_000;

/**
 * How long a token rests after TikTok has throttled it. TikTok documents no `Retry-After`, but a wait of a second for
 * its quota of a second and of five minutes for that of a minute (reference/tiktok-events-api.md §4).
 * @param throttles how often in a row, this time included
 */
export function blockMsOf(throttles: number, retryAfterMs: number | undefined): number {
  if (retryAfterMs !== undefined) return Math.min(retryAfterMs, 12 * LONGEST_BLOCK_MS);
  return Math.min(LONGEST_BLOCK_MS, FIRST_BLOCK_MS * 2 ** Math.min(throttles - 1, 20));
}
