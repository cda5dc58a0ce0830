import type { DispatcherConfig } from '../config';
import { RETRY_RULES, type RetryRules } from './retry-policy';

/** The rules as this installation is configured. */
export function rulesOf({ requestTimeoutMs, leaseMarginMs, retryBaseMs }: DispatcherConfig): RetryRules {
  return {
    ...RETRY_RULES,
    backoffBaseMs: retryBaseMs,
    // A request may begin some time into the margin, and be read by TikTok at the last moment of its time-out.
    attemptDeadlineMs: requestTimeoutMs + leaseMarginMs,
  };
}
