import { createHash, timingSafeEqual } from 'node:crypto';

const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();

/**
 * Whether Telegram's header holds the bot's secret, in the same time for every wrong one. Digests are compared
 * and not the texts: `timingSafeEqual` needs equal lengths, and the length of the secret is part of it.
 */
export const isSecret = (given: string | string[] | undefined, secret: string): boolean =>
  typeof given === 'string' && timingSafeEqual(digest(given), digest(secret));
