import { chatOf, isPrivate, usernameOf, utcOf } from './chat';
import { type Fields, Malformed } from './fields';
import { isAdministrator } from './membership';
import { one, skipped, type Translation } from './translation';

/**
 * `my_chat_member`: what the bot itself may do in a chat has changed. Published for every change, a removal too:
 * the topic is compacted, and its newest record must be true. Source: reference/telegram-bot-api.md §2.6.
 * @throws Malformed
 */
export function translateOwnChange(botId: string, update: Fields): Translation {
  const chat = update.object('chat');
  if (isPrivate(chat)) return skipped('private-chat');
  const after = update.object('new_chat_member');
  // A forwarding gateway that mixes up its bots would otherwise take channels away from this one.
  if (after.object('user').userId('id') !== botId) throw new Malformed('my_chat_member is about another bot');
  const username = usernameOf(chat);
  const botIsAdmin = isAdministrator(after);
  return one({
    type: 'ChannelDetected',
    event: {
      chatId: chat.id('id'),
      botId,
      chat: chatOf(chat),
      ...(username === undefined ? {} : { username }),
      botIsAdmin,
      // An owner has every right, and the update doesn't list them.
      botCanInvite: after.text('status') === 'creator' || (botIsAdmin && after.flag('can_invite_users')),
      observedAt: utcOf(update.unixSeconds('date')),
    },
  });
}
