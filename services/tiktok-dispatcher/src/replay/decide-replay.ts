import type { DeliveryState } from '@clickjoin/contracts';
import { refusalToSend, type Progress, type RetryRules } from '../retry-policy/retry-policy';

/** Why a delivery is not sent again. */
export const REPLAY_REFUSALS = {
  'unknown-delivery': 'There is no such delivery.',
  'already-accepted': 'TikTok has accepted this event. Sent again, it could be counted twice.',
  'under-way': 'The event is being sent at this moment.',
  'already-waiting': 'The event waits to be sent, and goes by itself.',
  'pixel-gone': 'The pixel of this delivery is no longer set up.',
  'pixel-paused': 'The pixel is paused. Its waiting events go by themselves once it is resumed.',
  'dedup-window-over':
    'TikTok may have taken this event, and forgets an event id after 48 hours: sent again now, it could be counted twice.',
  'too-old': 'The join is too long ago for TikTok to count it.',
  'too-many-attempts': 'The event has been tried too often.',
  'request-erased': 'The event is no longer kept, so it can not be repeated as it was.',
} as const;

export type ReplayRefusal = keyof typeof REPLAY_REFUSALS;

export interface ReplayCandidate extends Progress {
  readonly state: DeliveryState;
  /** Held since an earlier database of this service may have had it sent. */
  readonly needsPerson: boolean;
  readonly isErased: boolean;
}

/**
 * Whether a delivery may be sent once more, with the event id and the bytes of the first time. Pure.
 * @param isConfirmedUnsent a person knows that TikTok never got what an earlier database may have sent
 * @returns undefined: it may
 */
export function refusalToReplay(
  candidate: ReplayCandidate,
  pixel: 'active' | 'paused' | 'gone',
  isConfirmedUnsent: boolean,
  now: number,
  rules: RetryRules,
): ReplayRefusal | undefined {
  const { state, needsPerson } = candidate;
  if (state === 'accepted') return 'already-accepted';
  if (state === 'sending') return 'under-way';
  if (state === 'queued' || state === 'retrying') return 'already-waiting';
  if (candidate.isErased) return 'request-erased';
  if (pixel !== 'active') return pixel === 'paused' ? 'pixel-paused' : 'pixel-gone';
  const isFree = isConfirmedUnsent && needsPerson && candidate.attempts === 0;
  const refusal = refusalToSend(isFree ? { ...candidate, firstUnknownAt: undefined } : candidate, now, rules);
  if (refusal !== undefined) return refusal.reason;
  // Held, of a pixel that was resumed a moment ago.
  return state === 'held' && !needsPerson ? 'already-waiting' : undefined;
}
