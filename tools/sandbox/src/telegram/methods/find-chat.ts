import { badRequest, forbidden, migrated } from '../api-error';
import type { Channel } from '../channel';
import type { Call } from './method';

/** The chat that `chat_id` names. */
export function findChat({ telegram, args }: Call): Channel {
  const channel = telegram.findChannel(args.required('chat_id'));
  if (!channel) throw badRequest('chat not found');
  if (channel.movedTo !== undefined) throw migrated(channel.movedTo);
  return channel;
}

/** The same, if the bot may manage its links there. */
export function findChatToInvite(call: Call): Channel {
  const channel = findChat(call);
  const admin = channel.admins.get(call.bot.user.id);
  if (!admin) throw forbidden(`bot is not a member of the ${channel.chat.type} chat`);
  if (!admin.canInviteUsers) throw badRequest('not enough rights to manage chat invite link');
  return channel;
}
