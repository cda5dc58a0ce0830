import { joinIdOf, type JoinLink, type JoinRoute, linkKeyOf, type MemberLeft } from '@clickjoin/contracts';
import { chatOf, isPrivate, utcOf } from './chat';
import type { Fields } from './fields';
import { isAdministrator, membershipChange, wasMember } from './membership';
import { one, skipped, type Translation } from './translation';

/**
 * `chat_member`: somebody else than the bot has changed in a chat.
 * Source: reference/telegram-bot-api.md §2.1–§2.5.
 * @throws Malformed
 */
export function translateMemberChange(botId: string, update: Fields): Translation {
  const chat = update.object('chat');
  if (isPrivate(chat)) return skipped('private-chat');
  const after = update.object('new_chat_member');
  // Never `from`: that is who did it, which may be an administrator or the bot itself.
  const user = after.object('user');
  if (user.flag('is_bot')) return skipped('bot');
  switch (membershipChange(update.object('old_chat_member'), after)) {
    case 'unchanged':
      return skipped('membership-unchanged');
    case 'left':
      return one({ type: 'MemberLeft', event: memberLeftOf(botId, update) });
    case 'joined':
      if (isAdministrator(after)) return skipped('administrator');
      return joinReceivedOf(botId, update);
  }
}

function joinReceivedOf(botId: string, update: Fields): Translation {
  const chat = update.object('chat');
  const chatId = chat.id('id');
  const telegramUserId = update.object('new_chat_member').object('user').userId('id');
  const joinedAtSeconds = update.unixSeconds('date');
  const link = linkOf(botId, update.optionalObject('invite_link'));
  return one({
    type: 'JoinReceived',
    event: {
      joinId: joinIdOf(chatId, telegramUserId, joinedAtSeconds),
      botId,
      chatId,
      chat: chatOf(chat),
      joinedAt: utcOf(joinedAtSeconds),
      route: routeOf(update, link),
      ...(link === undefined ? {} : { link }),
      person: { telegramUserId },
      ...(wasMember(update.object('old_chat_member')) ? { rejoin: true } : {}),
    },
  });
}

function memberLeftOf(botId: string, update: Fields): MemberLeft {
  const after = update.object('new_chat_member');
  const telegramUserId = after.object('user').userId('id');
  const wentAway = after.text('status') !== 'kicked' && update.object('from').id('id') === telegramUserId;
  return {
    botId,
    chatId: update.object('chat').id('id'),
    leftAt: utcOf(update.unixSeconds('date')),
    kind: wentAway ? 'left' : 'removed',
    person: { telegramUserId },
  };
}

/** Links of others arrive cut (`…AbCd...`), which is no key: two of them may look alike (reference §2.5). */
function linkOf(botId: string, link: Fields | undefined): JoinLink | undefined {
  if (link === undefined) return undefined;
  const key = linkKeyOf(link.text('invite_link'));
  const isOwn = key !== undefined && link.object('creator').id('id') === botId;
  return { isOwn, ...(isOwn ? { key } : {}), createsJoinRequest: link.flag('creates_join_request') };
}

/**
 * A link of ours says most: it stands for one click. Next the folder, which also explains a link of somebody else.
 * `from` differs for approved requests too, so it only means "added" where nothing else explains the join (§2.4).
 */
function routeOf(update: Fields, link: JoinLink | undefined): JoinRoute {
  if (link?.isOwn === true) return 'invite-link';
  if (update.flag('via_chat_folder_invite_link')) return 'folder-link';
  if (link !== undefined) return 'invite-link';
  if (update.flag('via_join_request')) return 'join-request';
  const person = update.object('new_chat_member').object('user');
  return update.object('from').id('id') === person.id('id') ? 'direct' : 'added-by-admin';
}
