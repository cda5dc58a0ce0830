import type { DeliveryState } from '@clickjoin/contracts';
import { mayBeForgotten, type RetryRules } from '../retry-policy/retry-policy';

const DAY_MS = 24 * 60 * 60_000;

/** How a delivery begins. */
export interface Entry {
  readonly state: Extract<DeliveryState, 'queued' | 'held'>;
  /** When an earlier database of this service may have had it sent, at the earliest. */
  readonly firstUnknownAt: number | undefined;
  readonly note: string | undefined;
}

/**
 * What this database can't know to be unsent counts as sent when it was logged, without answer: TikTok can't have got
 * it earlier. So a repetition is safe for as long as any other, and the 48-hour guard goes on watching over its retries.
 * What is too late for a repetition from the beginning waits for a person, since it may as well never have been sent.
 * @param loggedAt when Kafka took the conversion, and not when it happened: one that is decided late was not sent early
 * @param knownSince of conversions logged from then on, this database knows what was sent
 */
export function decideEntry(loggedAt: number, knownSince: number, now: number, rules: RetryRules): Entry {
  if (loggedAt >= knownSince) return { state: 'queued', firstUnknownAt: undefined, note: undefined };
  if (!mayBeForgotten(loggedAt, now, rules))
    return { state: 'queued', firstUnknownAt: loggedAt, note: undefined };
  const days = Math.round((now - loggedAt) / DAY_MS);
  return { state: 'held', firstUnknownAt: loggedAt, note: noteOf(days) };
}

const noteOf = (days: number): string =>
  `This conversion came out of the log ${days} days after it was decided. This service may have sent it before its database was lost, and TikTok forgets an event id after 48 hours: sent again, it could be counted twice. It is not sent by itself.`;
