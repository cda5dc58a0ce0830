import { hash, timingSafeEqual } from 'node:crypto';

export const secretDigestOf = (secret: string): Buffer => hash('sha256', secret, 'buffer');

/**
 * Whether Telegram's header holds one of the bot's secrets, in the same time for every wrong one. Digests are compared
 * and not the texts: `timingSafeEqual` needs equal lengths, and the length of the secret is part of it. All are
 * compared, always: which of two was right is nobody's business.
 */
export function isSecret(given: string | string[] | undefined, digests: readonly Buffer[]): boolean {
  if (typeof given !== 'string') return false;
  const digest = secretDigestOf(given);
  return digests.filter((each) => timingSafeEqual(each, digest)).length > 0;
}
