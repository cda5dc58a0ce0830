import { parseStartPayload } from '@clickjoin/contracts';
import { utcOf } from './chat';
import type { Fields } from './fields';
import { one, skipped, type Translation } from './translation';

/** `/start <payload>`; `/start@name <payload>` is how clients write it where several bots listen. */
const START = /^\/start(?:@\w+)? (\S+)$/;

/**
 * `message`: only the start link of a click is of interest, and that a group has moved. What people write is read no
 * further. Source: reference/telegram-bot-api.md §2.6, §5.
 * @throws Malformed
 */
export function translateMessage(botId: string, message: Fields): Translation {
  return migrationIn(botId, message) ?? startIn(botId, message);
}

/** The old group and the new one say it each, from its own side: one event, whichever comes. */
function migrationIn(botId: string, message: Fields): Translation | undefined {
  const movedAway = message.has('migrate_to_chat_id');
  if (!movedAway && !message.has('migrate_from_chat_id')) return undefined;
  const chatId = message.object('chat').id('id');
  return one({
    type: 'ChatMigrated',
    event: {
      botId,
      fromChatId: movedAway ? chatId : message.id('migrate_from_chat_id'),
      toChatId: movedAway ? message.id('migrate_to_chat_id') : chatId,
      migratedAt: utcOf(message.unixSeconds('date')),
    },
  });
}

function startIn(botId: string, message: Fields): Translation {
  // The text first: everything else in a message may be missing, and most messages are none of ours.
  const [, payload] = (message.has('text') ? START.exec(message.text('text')) : null) ?? [];
  const start = payload === undefined ? undefined : parseStartPayload(payload);
  if (start === undefined) return skipped('message');
  // In a group, one person's command would speak for another: start links open the private chat.
  if (message.object('chat').text('type') !== 'private') return skipped('message');
  const from = message.object('from');
  if (from.flag('is_bot')) return skipped('bot');
  return one({
    type: 'BotStarted',
    event: {
      botId,
      chatId: start.chatId,
      clickId: start.clickId,
      startedAt: utcOf(message.unixSeconds('date')),
      person: { telegramUserId: from.userId('id') },
    },
  });
}
