import { type Chat, CHAT_TYPES, type ChatType } from '@clickjoin/contracts';
import { type Fields, Malformed } from './fields';

/** Usernames have at most 32 characters; the contract allows 64. */
const USERNAME_MAX_LENGTH = 64;
/** Telegram allows 128; the contract 512 characters. A longer title is no reason to lose a join. */
const TITLE_MAX_LENGTH = 512;

export const isPrivate = (chat: Fields): boolean => chat.text('type') === 'private';

/** @throws Malformed */
export function chatOf(chat: Fields): Chat {
  return {
    type: chatTypeOf(chat.text('type')),
    title: (chat.optionalText('title') ?? '').slice(0, TITLE_MAX_LENGTH),
    // No update tells that a chat got or lost its public name, so it is read on every one (reference §2.6).
    isPublic: chat.optionalText('username') !== undefined,
  };
}

/** Without `@`. */
export function usernameOf(chat: Fields): string | undefined {
  const username = chat.optionalText('username');
  return username === undefined || username.length > USERNAME_MAX_LENGTH ? undefined : username;
}

function chatTypeOf(type: string): ChatType {
  const known = CHAT_TYPES.find((candidate) => candidate === type);
  if (known === undefined) throw new Malformed('chat.type is none that is known');
  return known;
}

/** Telegram's clock has whole seconds. */
export const utcOf = (unixSeconds: number): string => new Date(unixSeconds * 1_000).toISOString();
