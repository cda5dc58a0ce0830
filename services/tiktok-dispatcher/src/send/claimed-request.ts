import type { PixelConfigured } from '@clickjoin/contracts';
import type { FrozenEvent } from '../build-request/build-event';
import type { Answer, Judgement } from '../verdict/judge';
import type { Settlement } from '../retry-policy/retry-policy';
import type { Probe } from './bisection';

/** A delivery that this process alone may send, until its lease ends. Times are milliseconds since the Unix epoch. */
export interface ClaimedDelivery {
  readonly deliveryId: string;
  readonly leaseToken: string;
  readonly attempt: number;
  readonly joinedAt: number;
  readonly firstUnknownAt: number | undefined;
  readonly event: FrozenEvent;
}

/** Deliveries that travel in one request, usually one. */
export interface ClaimedRequest {
  /** As they were when it was claimed; the token in them may be refused, and a newer one must not be blamed for it. */
  readonly pixel: PixelConfigured;
  readonly deliveries: readonly ClaimedDelivery[];
  readonly startedAt: number;
  /** When the rate limit lets it go, by `performance.now()`. */
  readonly goesAt: number;
  /** Set when it looks for the bad event of a batch. */
  readonly probe: Probe | undefined;
}

/** A request that has ended, one way or the other. */
export interface FinishedRequest {
  readonly request: ClaimedRequest;
  readonly answer: Answer;
  readonly endedAt: number;
}

/** What came of an attempt, to be written down. */
export interface SettledAttempt {
  readonly deliveryId: string;
  readonly leaseToken: string;
  readonly pixelId: string;
  readonly attempt: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly joinedAt: number;
  readonly judgement: Judgement;
  readonly settlement: Settlement;
}
