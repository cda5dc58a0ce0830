import type { DeliveryState } from '@clickjoin/contracts';
import type { Judgement } from '../verdict/judge';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export interface RetryRules {
  /** The first retry comes within this; the window doubles with each attempt. */
  readonly backoffBaseMs: number;
  readonly backoffCapMs: number;
  /** At least this long when TikTok is not to be asked again soon. */
  readonly laterFloorMs: number;
  /** How long the events of a refused batch are left to the worker that divides it. */
  readonly apartMs: number;
  /** A `Retry-After` beyond this is not believed. */
  readonly retryAfterCapMs: number;
  /** How long TikTok remembers an event id. */
  readonly dedupWindowMs: number;
  /** From the start of an attempt to the last moment at which TikTok can get it. */
  readonly attemptDeadlineMs: number;
  /** Counted from the join: later than this, no campaign counts it any more. */
  readonly maxAgeMs: number;
  readonly maxAttempts: number;
}

/**
 * - 48 h of dedup: reference/tiktok-events-api.md §5
 * - 5 min after maintenance and the like: ibid. §4 ("5xx = retry after ~5 min", quota per minute: "wait 5 min")
 * - 7 d: the default click-through window (ibid. §7)
 */
export const RETRY_RULES = {
  backoffCapMs: 30 * MINUTE_MS,
  laterFloorMs: 5 * MINUTE_MS,
  apartMs: MINUTE_MS,
  retryAfterCapMs: HOUR_MS,
  dedupWindowMs: 48 * HOUR_MS,
  maxAgeMs: 7 * 24 * HOUR_MS,
  // Rarely reached within 7 d of backoff: a bound against what nobody thought of.
  maxAttempts: 1000,
} as const satisfies Partial<RetryRules>;

/** What the rules need to know of a delivery. Times are milliseconds since the Unix epoch. */
export interface Progress {
  readonly joinedAt: number;
  /** Attempts begun, the current one included. */
  readonly attempts: number;
  /** Start of the first attempt that TikTok may have taken without saying so, or that a lost database may know. */
  readonly firstUnknownAt: number | undefined;
}

/** Where a delivery goes next. */
export interface Settlement {
  readonly state: Exclude<DeliveryState, 'queued' | 'sending'>;
  readonly firstUnknownAt: number | undefined;
  /** For `retrying` only. */
  readonly nextAttemptAt: number | undefined;
  /** Why it is held, expired or possibly accepted. */
  readonly note: string | undefined;
}

/** Why a delivery must not be sent. */
export type RefusalReason = 'dedup-window-over' | 'too-old' | 'too-many-attempts';

export interface Refusal extends Settlement {
  readonly state: 'possibly-accepted' | 'expired';
  readonly reason: RefusalReason;
}

export const NOTES = {
  guard:
    'TikTok may have taken this event, and forgets an event id after 48 hours: another attempt could count it twice. It is not sent again.',
  duplicate: 'TikTok says that it has this event already. It is not sent again.',
  expired: 'The join is too long ago for TikTok to count it. It was not taken, and is not sent any more.',
  exhausted: 'Too many attempts failed. The event was not taken, and is not sent any more.',
  gaveUpUnknown: 'TikTok may have taken this event in an attempt without answer. It is not sent any more.',
} as const;

/**
 * What becomes of a delivery whose attempt has been judged.
 * @param attemptStartedAt the earliest moment at which TikTok can have got this attempt
 * @param random 0 ≤ random < 1
 */
export function settle(
  { joinedAt, attempts, firstUnknownAt: earlierUnknownAt }: Progress,
  { verdict, retry, explanation, retryAfterMs }: Judgement,
  attemptStartedAt: number,
  now: number,
  rules: RetryRules,
  random: number,
): Settlement {
  const firstUnknownAt = earlierUnknownAt ?? (verdict === 'unknown' ? attemptStartedAt : undefined);
  const ends = (state: Settlement['state'], note?: string): Settlement => ({
    state,
    firstUnknownAt,
    nextAttemptAt: undefined,
    note,
  });
  switch (verdict) {
    case 'accepted':
      return ends('accepted');
    case 'rejected':
      return ends('rejected');
    case 'refused':
      return ends('held', explanation);
    case 'throttled':
    case 'failed':
    case 'unknown': {
      if (retry === 'never') return ends('possibly-accepted', NOTES.duplicate);
      const nextAttemptAt =
        now +
        (retry === 'apart'
          ? rules.apartMs
          : delayBefore(attempts + 1, retry === 'later', retryAfterMs, rules, random));
      return (
        refusalToSend({ joinedAt, attempts, firstUnknownAt }, nextAttemptAt, rules) ?? {
          state: 'retrying',
          firstUnknownAt,
          nextAttemptAt,
          note: undefined,
        }
      );
    }
  }
}

/** Whether an attempt could still be under way when TikTok forgets what it may have taken then. */
export const mayBeForgotten = (
  firstUnknownAt: number,
  at: number,
  { attemptDeadlineMs, dedupWindowMs }: RetryRules,
): boolean => at + attemptDeadlineMs > firstUnknownAt + dedupWindowMs;

/**
 * Asked again right before each attempt, since the delivery may have waited: for a token, or for this service.
 * @param at when the attempt would start
 * @returns how the delivery ends instead, or undefined when it may be sent
 */
export function refusalToSend(
  { joinedAt, attempts, firstUnknownAt }: Progress,
  at: number,
  rules: RetryRules,
): Refusal | undefined {
  const ends = (state: Refusal['state'], note: string, reason: RefusalReason): Refusal => ({
    state,
    firstUnknownAt,
    nextAttemptAt: undefined,
    note,
    reason,
  });
  // TikTok counts its 48 h from when it got the first one, which is no earlier than the start of that attempt.
  if (firstUnknownAt !== undefined && mayBeForgotten(firstUnknownAt, at, rules)) {
    return ends('possibly-accepted', NOTES.guard, 'dedup-window-over');
  }
  const isTooOld = at > joinedAt + rules.maxAgeMs;
  if (!isTooOld && attempts < rules.maxAttempts) return undefined;
  const reason = isTooOld ? 'too-old' : 'too-many-attempts';
  if (firstUnknownAt !== undefined) return ends('possibly-accepted', NOTES.gaveUpUnknown, reason);
  return ends('expired', isTooOld ? NOTES.expired : NOTES.exhausted, reason);
}

/**
 * Full jitter: anywhere in a window that doubles, so that a thousand deliveries that failed together don't come
 * back together.
 * @param attempt the number of the attempt that is waited for; the first retry is 2
 */
export function delayBefore(
  attempt: number,
  later: boolean,
  retryAfterMs: number | undefined,
  rules: RetryRules,
  random: number,
): number {
  const windowMs = Math.min(rules.backoffCapMs, rules.backoffBaseMs * 2 ** Math.min(attempt - 2, 40));
  const floorMs = Math.max(
    later ? rules.laterFloorMs : 0,
    Math.min(retryAfterMs ?? 0, rules.retryAfterCapMs),
  );
  return Math.ceil(floorMs + random * windowMs);
}
