import type { WebhookInfo, WebhookSettings } from '@clickjoin/telegram';

/**
 * All that the translation reads, by name: the default leaves out `chat_member`, and with it every join
 * (reference/telegram-bot-api.md §2.7).
 */
export const ALLOWED_UPDATES = ['message', 'my_chat_member', 'chat_member', 'chat_join_request'] as const;

export type Drift = 'never-set-by-this-run' | 'url' | 'allowed-updates' | 'max-connections';

const sameSet = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((item) => other.includes(item));

/**
 * What differs from what it should be; nothing means leave it alone. Telegram doesn't tell the secret, so a
 * webhook counts as ours only once this run has set it, with this secret.
 */
export function driftOf(
  info: WebhookInfo,
  wanted: WebhookSettings,
  isSetByThisRun: boolean,
): readonly Drift[] {
  const drifts: Drift[] = [];
  if (!isSetByThisRun) drifts.push('never-set-by-this-run');
  if (info.url !== wanted.url) drifts.push('url');
  if (info.allowedUpdates === undefined || !sameSet(info.allowedUpdates, wanted.allowedUpdates)) {
    drifts.push('allowed-updates');
  }
  if (info.maxConnections !== wanted.maxConnections) drifts.push('max-connections');
  return drifts;
}
