import type { PixelConfigured } from '@clickjoin/contracts';
import type { Judgement } from '../verdict/judge';
import type { Settlement } from '../retry-policy/retry-policy';

/** A delivery that this process alone may send, until its lease ends. Times are milliseconds since the Unix epoch. */
export interface ClaimedDelivery {
  readonly deliveryId: string;
  readonly leaseToken: string;
  /** As they were when it was claimed; the token in them may be refused, and a newer one must not be blamed for it. */
  readonly pixel: PixelConfigured;
  readonly attempt: number;
  readonly startedAt: number;
  readonly joinedAt: number;
  readonly firstUnknownAt: number | undefined;
  readonly path: string;
  readonly body: string;
}

/** What came of an attempt, to be written down. */
export interface SettledAttempt {
  readonly deliveryId: string;
  readonly leaseToken: string;
  readonly pixelId: string;
  /** Unknown for an attempt that was found interrupted. */
  readonly settingsVersion: number | undefined;
  readonly attempt: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly joinedAt: number;
  readonly judgement: Judgement;
  readonly settlement: Settlement;
}
