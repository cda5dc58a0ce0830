import type { BotProblem, UpdateSource } from '@clickjoin/contracts';
import type { WebhookInfo } from '@clickjoin/telegram';

/** What one look at a bot has found. */
export type Finding =
  | { readonly kind: 'looked'; readonly info: WebhookInfo }
  /** The token was revoked, or never was one. */
  | { readonly kind: 'token-refused'; readonly message: string }
  /** Telegram does not take the address: no HTTPS, a port that it doesn't call. */
  | { readonly kind: 'address-refused'; readonly message: string }
  | { readonly kind: 'unreachable'; readonly message: string };

export interface BotFacts {
  readonly finding: Finding;
  readonly updatesBy: UpdateSource;
  /** Whether this installation has a public address. */
  readonly hasAddress: boolean;
  /** How often, of late, somebody else's address stood where ours had been set, or somebody else polled. */
  readonly takeovers: number;
  /** Updates that waited at the look before. */
  readonly pendingBefore: number;
  readonly lastUpdateAtMs: number | undefined;
  readonly nowMs: number;
}

/** More than what a busy minute leaves waiting between two looks. */
const MANY_PENDING = 100;
/** Once is a mistake that is mended; twice is a habit. */
const TAKEN_FROM = 2;
/** With updates coming in some other way (a gateway that forwards them), there needs to be no webhook of ours. */
const IS_FORWARDED_MS = 60 * 60_000;

/** What keeps a bot's updates from coming, as far as the look shows it; nothing means all is well. */
export function problemsOf(facts: BotFacts): readonly BotProblem[] {
  const { finding, takeovers } = facts;
  const taken: readonly BotProblem[] = takeovers >= TAKEN_FROM ? ['webhook-taken'] : [];
  switch (finding.kind) {
    case 'token-refused':
      return ['token-refused', ...taken];
    case 'address-refused':
      return ['webhook-errors', ...taken];
    case 'unreachable':
      return ['telegram-unreachable', ...taken];
    case 'looked':
      return [...problemsIn(finding.info, facts), ...taken];
  }
}

function problemsIn(info: WebhookInfo, facts: BotFacts): BotProblem[] {
  const { updatesBy, hasAddress, pendingBefore, lastUpdateAtMs = 0, nowMs } = facts;
  const problems: BotProblem[] = [];
  const isForwarded = nowMs - lastUpdateAtMs < IS_FORWARDED_MS;
  if (updatesBy === 'webhook' && !hasAddress && info.url === '' && !isForwarded)
    problems.push('no-webhook-url');
  if (updatesBy === 'webhook' && isNews(info, lastUpdateAtMs)) problems.push('webhook-errors');
  if (info.pendingUpdateCount >= MANY_PENDING && pendingBefore >= MANY_PENDING)
    problems.push('updates-pending');
  return problems;
}

/**
 * Telegram keeps the last error for ever. It is over once nothing waits any more, since what had failed got through; or
 * once an update has come after it.
 */
function isNews({ lastError, pendingUpdateCount }: WebhookInfo, lastUpdateAtMs: number): boolean {
  // Telegram's whole seconds: an update of the same second may have come before it.
  return (
    lastError !== undefined && pendingUpdateCount > 0 && lastError.dateSeconds * 1_000 + 999 >= lastUpdateAtMs
  );
}
