import type { Chat } from '@clickjoin/contracts';
import { chatOf, isPrivate, usernameOf } from './chat';
import { Fields, Malformed } from './fields';

/** A chat as an update shows it in passing. */
export interface Sighting {
  readonly chatId: string;
  readonly chat: Chat;
  readonly username: string | undefined;
  /** Unix seconds, by Telegram's clock. */
  readonly seenAtSeconds: number;
  /** Only administrators get updates of this type, so the bot is one (reference/telegram-bot-api.md §1.4, §2.7). */
  readonly showsAdmin: boolean;
}

const TYPES = [
  { type: 'chat_member', showsAdmin: true },
  { type: 'chat_join_request', showsAdmin: true },
  { type: 'message', showsAdmin: false },
] as const;

/**
 * The channel or group that an update carries: no update says by itself that a chat got or lost its public name, so
 * every one is looked at (reference §2.6). Undefined for private chats, for `my_chat_member`, which is translated as
 * what it is, and for what is malformed, which the translation rejects.
 */
export function sightingOf(body: unknown): Sighting | undefined {
  try {
    const update = Fields.of(body, 'update');
    const found = TYPES.find(({ type }) => update.has(type));
    if (found === undefined) return undefined;
    const payload = update.object(found.type);
    const chat = payload.object('chat');
    // A group that has moved shows its last title for ever.
    if (isPrivate(chat) || payload.has('migrate_to_chat_id')) return undefined;
    return {
      chatId: chat.id('id'),
      chat: chatOf(chat),
      username: usernameOf(chat),
      seenAtSeconds: payload.unixSeconds('date'),
      showsAdmin: found.showsAdmin,
    };
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}
