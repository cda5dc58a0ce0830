import { createHash } from 'node:crypto';

/**
 * TikTok's `external_id`: lower-case hex SHA-256 of the Telegram user id as a decimal string, without sign,
 * spaces or newline. A pseudonym, not anonymisation: the id space can be enumerated in minutes.
 * Source: reference/telegram-bot-api.md §6.
 */
export function externalIdOf(telegramUserId: string): string {
  if (!/^[1-9]\d{0,15}$/.test(telegramUserId)) {
    throw new TypeError('a Telegram user id is a positive decimal number of at most 16 digits');
  }
  return createHash('sha256').update(telegramUserId, 'ascii').digest('hex');
}
