import type { Chat, ChannelDetected } from '@clickjoin/contracts';
import { utcOf } from '../translate/chat';
import type { Sighting } from '../translate/sighting';

/**
 * What a sighting changes in what is known of a bot's channel: its title, its type, or that it got or lost its public
 * name. Undefined when it changes nothing, when it is older than what is known (updates overtake each other), or when
 * the bot is no administrator there: rights are not for a sighting to say.
 */
export function changedBySighting(
  known: ChannelDetected | undefined,
  { chat, username, seenAtSeconds }: Sighting,
): ChannelDetected | undefined {
  if (known === undefined || !known.botIsAdmin) return undefined;
  const isAsKnown = username === known.username && isSameChat(chat, known.chat);
  if (isAsKnown || seenAtSeconds * 1_000 < Date.parse(known.observedAt)) return undefined;
  const { chatId, botId, botIsAdmin, botCanInvite } = known;
  return {
    chatId,
    botId,
    chat,
    ...(username === undefined ? {} : { username }),
    botIsAdmin,
    botCanInvite,
    observedAt: utcOf(seenAtSeconds),
  };
}

const isSameChat = (one: Chat, other: Chat): boolean =>
  one.title === other.title && one.type === other.type && one.isPublic === other.isPublic;

/** In all but the time. */
export const isSame = (one: ChannelDetected, other: ChannelDetected): boolean =>
  one.username === other.username &&
  one.botIsAdmin === other.botIsAdmin &&
  one.botCanInvite === other.botCanInvite &&
  isSameChat(one.chat, other.chat);
