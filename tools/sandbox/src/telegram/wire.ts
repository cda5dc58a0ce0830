/** The parts of the Bot API that the sandbox speaks, named and ordered as Telegram's server writes them. */
export interface User {
  readonly id: number;
  readonly is_bot: boolean;
  readonly first_name: string;
  readonly last_name?: string;
  readonly username?: string;
  readonly language_code?: string;
  readonly is_premium?: true;
}

export type ChatType = 'channel' | 'supergroup' | 'group';

export interface Chat {
  readonly id: number;
  readonly title: string;
  readonly username?: string;
  readonly type: ChatType;
}

export interface PrivateChat {
  readonly id: number;
  readonly first_name: string;
  readonly last_name?: string;
  readonly username?: string;
  readonly type: 'private';
}

/** `status` decides which further keys there are: none for member and left, rights for the others. */
export interface ChatMember {
  readonly user: User;
  readonly status: 'creator' | 'administrator' | 'member' | 'restricted' | 'left' | 'kicked';
  readonly [right: string]: unknown;
}

export interface ChatInviteLink {
  readonly invite_link: string;
  readonly name?: string;
  readonly creator: User;
  readonly expire_date?: number;
  readonly member_limit?: number;
  readonly pending_join_request_count?: number;
  readonly creates_join_request: boolean;
  readonly is_primary: boolean;
  readonly is_revoked: boolean;
}

export interface ChatMemberUpdated {
  readonly chat: Chat;
  readonly from: User;
  readonly date: number;
  readonly old_chat_member: ChatMember;
  readonly new_chat_member: ChatMember;
  readonly invite_link?: ChatInviteLink;
  readonly via_chat_folder_invite_link?: true;
}

export interface ChatJoinRequest {
  readonly chat: Chat;
  readonly from: User;
  readonly user_chat_id: number;
  readonly date: number;
  readonly invite_link?: ChatInviteLink;
}

export interface Message {
  readonly message_id: number;
  readonly from?: User;
  readonly sender_chat?: Chat;
  readonly chat: Chat | PrivateChat;
  readonly date: number;
  /** Left out in service messages, which carry one of the three below. */
  readonly text?: string;
  readonly new_chat_title?: string;
  readonly migrate_to_chat_id?: number;
  readonly migrate_from_chat_id?: number;
  /** As sendMessage got it. */
  readonly reply_markup?: unknown;
  readonly entities?: readonly { readonly offset: number; readonly length: number; readonly type: string }[];
}

/** Exactly one payload key. */
export type UpdatePayload =
  | { readonly chat_member: ChatMemberUpdated }
  | { readonly my_chat_member: ChatMemberUpdated }
  | { readonly chat_join_request: ChatJoinRequest }
  | { readonly message: Message };

export type Update = { readonly update_id: number } & UpdatePayload;
