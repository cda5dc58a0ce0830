import { createHash } from 'node:crypto';

/**
 * Names that our links carry at Telegram, where the owner sees them in the list of links. Who reads a join request
 * tells by them, without any state, whether the link was one visitor's own or the one that visitors share.
 */
export const TRACKED_LINK_NAME = 'clickjoin';
export const FALLBACK_LINK_NAME = 'clickjoin-fallback';

const INVITE_LINK =
  /^(?:https?:\/\/)?(?:www\.)?(?:t\.me|telegram\.me|telegram\.dog)\/(?:\+|joinchat\/)([A-Za-z0-9_-]+)(\.\.\.)?(?:[/?#].*)?$/i;
const TG_SCHEME = /^tg:(?:\/\/)?join\?(?:.*&)?invite=([A-Za-z0-9_-]+)(\.\.\.)?(?:[&#].*)?$/i;

/**
 * The code of an invite link: what stands after `+` or `joinchat/`. It is case-sensitive.
 * Undefined when this is no invite link, or one that Telegram cut (`…AbCd...`): a cut code is no key.
 * Source: reference/telegram-bot-api.md §2.5.
 */
export function inviteCodeOf(link: string): string | undefined {
  const match = INVITE_LINK.exec(link.trim()) ?? TG_SCHEME.exec(link.trim());
  return match?.[2] === undefined ? match?.[1] : undefined;
}

/**
 * Link key: lower-case hex SHA-256 of the code, so that `t.me/+X` and `https://telegram.me/joinchat/X` are one,
 * and the topic's key does not let a reader of keys join the channel.
 */
export function linkKeyOf(link: string): string | undefined {
  const code = inviteCodeOf(link);
  return code === undefined ? undefined : createHash('sha256').update(code, 'utf8').digest('hex');
}
