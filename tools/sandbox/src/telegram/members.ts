import type { ChatMember, ChatType, User } from './wire';

/** Where somebody stands in a chat. In a supergroup a `restricted` person may be in it or not. */
export type Standing = 'member' | 'left' | 'kicked' | 'restricted-inside' | 'restricted-outside';

export function isInside(standing: Standing): boolean {
  return standing === 'member' || standing === 'restricted-inside';
}

/** The restrictions of a muted person, in Telegram's order, one retired name included. */
const MUTED = {
  until_date: 0,
  can_send_messages: false,
  can_send_media_messages: false,
  can_send_audios: false,
  can_send_documents: false,
  can_send_photos: false,
  can_send_videos: false,
  can_send_video_notes: false,
  can_send_voice_notes: false,
  can_send_polls: false,
  can_send_other_messages: false,
  can_add_web_page_previews: false,
  can_react_to_messages: false,
  can_edit_tag: false,
  can_change_info: false,
  can_invite_users: false,
  can_pin_messages: false,
  can_manage_topics: false,
};

export function memberAs(user: User, standing: Standing): ChatMember {
  switch (standing) {
    case 'member':
    case 'left':
      return { user, status: standing };
    case 'kicked':
      return { user, status: 'kicked', until_date: 0 };
    case 'restricted-inside':
    case 'restricted-outside':
      return { user, status: 'restricted', ...MUTED, is_member: standing === 'restricted-inside' };
  }
}

/** A bot as administrator. Telegram still writes the retired name of the video chat right. */
export function administrator(bot: User, chatType: ChatType, canInviteUsers: boolean): ChatMember {
  const inChannel = chatType === 'channel';
  return {
    user: bot,
    status: 'administrator',
    can_be_edited: false,
    can_manage_chat: true,
    can_change_info: false,
    ...(inChannel ? { can_post_messages: true, can_edit_messages: false } : {}),
    can_delete_messages: false,
    can_invite_users: canInviteUsers,
    can_restrict_members: true,
    ...(inChannel ? {} : { can_pin_messages: false, can_manage_topics: false }),
    can_promote_members: false,
    can_manage_video_chats: false,
    can_post_stories: false,
    can_edit_stories: false,
    can_delete_stories: false,
    ...(inChannel ? { can_manage_direct_messages: false } : {}),
    is_anonymous: false,
    can_manage_voice_chats: false,
  };
}
