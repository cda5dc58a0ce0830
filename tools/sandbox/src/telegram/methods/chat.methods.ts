import { wholeSeconds } from '../../clock';
import { badRequest, forbidden } from '../api-error';
import { inventPerson, LARGEST_ID, privateChatWith } from '../people';
import { Refused } from '../telegram';
import type { Message } from '../wire';
import { findChat, findChatToInvite } from './find-chat';
import type { Call, Reply } from './method';

const LONGEST_TEXT = 4096;

export function getMe({ bot }: Call): Reply {
  return {
    result: {
      ...bot.user,
      can_join_groups: true,
      can_read_all_group_messages: false,
      supports_inline_queries: false,
      can_connect_to_business: false,
      has_main_web_app: false,
    },
  };
}

/** A private chat is closed to bots that are not in it; who may invite is told the bot's own primary link. */
export function getChat(call: Call): Reply {
  const channel = findChat(call);
  const admin = channel.admins.get(call.bot.user.id);
  if (!channel.isPublic && !admin) throw badRequest('chat not found');
  if (admin?.canInviteUsers !== true) return { result: channel.chat };
  return { result: { ...channel.chat, invite_link: call.telegram.primaryLink(channel, call.bot).url } };
}

export function getChatMember(call: Call): Reply {
  const channel = findChat(call);
  if (!channel.admins.has(call.bot.user.id)) throw badRequest('member list is inaccessible');
  const userId = requiredUserId(call);
  const admin = channel.admins.get(userId);
  if (admin) return { result: call.telegram.memberOf(channel, admin.bot.user) };
  const person = userId === channel.owner.id ? channel.owner : inventPerson(userId);
  return { result: call.telegram.memberOf(channel, person) };
}

/** The join that follows names the bot as the one who did it, and keeps its link. */
export function approveChatJoinRequest(call: Call): Reply {
  const channel = findChatToInvite(call);
  const userId = requiredUserId(call);
  if (channel.isInside(userId)) throw badRequest('USER_ALREADY_PARTICIPANT');
  asked(() => call.telegram.approve(channel.chat.id, userId, call.bot));
  return { result: true };
}

export function declineChatJoinRequest(call: Call): Reply {
  const channel = findChatToInvite(call);
  const userId = requiredUserId(call);
  asked(() => call.telegram.decline(channel.chat.id, userId));
  return { result: true };
}

/** Recorded only: nobody reads it but `sentMessages`. */
export function sendMessage(call: Call): Reply {
  const { telegram, bot, args } = call;
  const text = args.text('text') ?? '';
  if (text === '') throw badRequest('message text is empty');
  if (Array.from(text).length > LONGEST_TEXT) throw badRequest('message is too long');
  const message: Message = {
    message_id: bot.nextMessageId(),
    ...place(call),
    date: wholeSeconds(telegram.clock),
    text,
    ...(args.text('reply_markup') === undefined ? {} : { reply_markup: args.object('reply_markup') }),
  };
  bot.sentMessages.push(message);
  return { result: message };
}

function place(call: Call): Pick<Message, 'from' | 'sender_chat' | 'chat'> {
  const { telegram, bot, args } = call;
  const chatId = args.required('chat_id');
  const channel = telegram.findChannel(chatId);
  if (channel) {
    if (!channel.admins.has(bot.user.id))
      throw forbidden(`bot is not a member of the ${channel.chat.type} chat`);
    return channel.chat.type === 'channel'
      ? { sender_chat: channel.chat, chat: channel.chat }
      : { from: bot.user, chat: channel.chat };
  }
  const userId = Number(chatId);
  if (!Number.isSafeInteger(userId) || userId <= 0) throw badRequest('chat not found');
  if (!bot.reachable.has(userId)) throw forbidden("bot can't initiate conversation with a user");
  return { from: bot.user, chat: privateChatWith(inventPerson(userId)) };
}

function requiredUserId({ args }: Call): number {
  const userId = args.integer('user_id');
  if (userId === undefined || userId <= 0 || userId > LARGEST_ID)
    throw badRequest('invalid user_id specified');
  return userId;
}

function asked(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (error instanceof Refused) throw Object.assign(badRequest('HIDE_REQUESTER_MISSING'), { cause: error });
    throw error;
  }
}
