import type { QueuedUpdate } from './delivery-queue';
import { linkSeenBy, type InviteLink } from './invite-link';
import { privateChatWith } from './people';
import type { Chat, ChatMember, ChatMemberUpdated, Message, UpdatePayload, User } from './wire';

export type UpdateType = 'chat_member' | 'my_chat_member' | 'chat_join_request' | 'message';

/** An update before a bot's queue has given it a number. */
export interface Happening {
  readonly type: UpdateType;
  readonly lane: string;
  readonly date: number;
  readonly payload: UpdatePayload;
}

export interface MemberChange {
  readonly chat: Chat;
  /** Who did it: the person, an admin who added them, or the bot that approved them. */
  readonly from: User;
  /** Unix seconds. */
  readonly date: number;
  readonly before: ChatMember;
  readonly after: ChatMember;
  readonly link?: InviteLink | undefined;
  readonly viaFolder?: boolean;
}

/** The change as one bot sees it: as `my_chat_member` if it is about that bot, and with links of others cut. */
export function memberChanged(change: MemberChange, botId: number): Happening {
  const { chat, from, date, before, after, link, viaFolder } = change;
  const update: ChatMemberUpdated = {
    chat,
    from,
    date,
    old_chat_member: before,
    new_chat_member: after,
    ...(link ? { invite_link: linkSeenBy(botId, link) } : {}),
    ...(viaFolder ? { via_chat_folder_invite_link: true as const } : {}),
  };
  const subject = after.user.id;
  return subject === botId
    ? { type: 'my_chat_member', lane: `my_chat_member:${chat.id}`, date, payload: { my_chat_member: update } }
    : { type: 'chat_member', lane: `user:${subject}`, date, payload: { chat_member: update } };
}

/** Shares the lane of the person's joins and leaves, in all chats. */
export function joinRequested(
  chat: Chat,
  person: User,
  date: number,
  link: InviteLink,
  botId: number,
): Happening {
  return {
    type: 'chat_join_request',
    lane: `user:${person.id}`,
    date,
    payload: {
      chat_join_request: {
        chat,
        from: person,
        user_chat_id: person.id,
        date,
        invite_link: linkSeenBy(botId, link),
      },
    },
  };
}

/** The tap on START of `t.me/<bot>?start=<payload>`. */
export function botStarted(person: User, payload: string, date: number, messageId: number): Happening {
  const command = '/start';
  return {
    type: 'message',
    lane: `message:${person.id}`,
    date,
    payload: {
      message: {
        message_id: messageId,
        from: person,
        chat: privateChatWith(person),
        date,
        text: payload === '' ? command : `${command} ${payload}`,
        entities: [{ offset: 0, length: command.length, type: 'bot_command' }],
      },
    },
  };
}

/** What a chat says of itself: it has another title, or has moved. One lane with the chat's other messages. */
export function serviceMessage(
  chat: Chat,
  from: User,
  what: Pick<Message, 'new_chat_title' | 'migrate_to_chat_id' | 'migrate_from_chat_id'>,
  date: number,
  messageId: number,
): Happening {
  return {
    type: 'message',
    lane: `message:${chat.id}`,
    date,
    payload: { message: { message_id: messageId, from, chat, date, ...what } },
  };
}

/** Numbered and written as Telegram writes it: a line break after the number, and ASCII only. */
export function numbered(happening: Happening, updateId: number): QueuedUpdate {
  const payload = JSON.stringify(happening.payload).slice(1);
  const body = `{"update_id":${updateId},\n${payload}`.replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return { updateId, lane: happening.lane, date: happening.date, body };
}
