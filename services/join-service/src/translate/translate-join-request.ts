import { inviteCodeOf, TRACKED_LINK_NAME } from '@clickjoin/contracts';
import { isPrivate } from './chat';
import type { Fields } from './fields';
import { skipped, type Translation } from './translation';

/**
 * `chat_join_request`: somebody waits to be let in. Source: reference/telegram-bot-api.md §1.4, §2.5.
 * @throws Malformed
 */
export function translateJoinRequest(botId: string, update: Fields): Translation {
  const chat = update.object('chat');
  if (isPrivate(chat)) return skipped('private-chat');
  const from = update.object('from');
  if (from.flag('is_bot')) return skipped('bot');
  return {
    kind: 'join-request',
    request: {
      chatId: chat.id('id'),
      telegramUserId: from.userId('id'),
      isTracked: isTracked(botId, update.optionalObject('invite_link')),
    },
  };
}

/** By the link's own name: links of other administrators arrive cut, and another's link may have any name. */
const isTracked = (botId: string, link: Fields | undefined): boolean =>
  link !== undefined &&
  link.optionalText('name') === TRACKED_LINK_NAME &&
  link.object('creator').id('id') === botId &&
  inviteCodeOf(link.text('invite_link')) !== undefined;
