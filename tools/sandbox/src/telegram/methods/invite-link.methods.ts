import { wholeSeconds } from '../../clock';
import { badRequest, tooManyRequests } from '../api-error';
import type { Channel } from '../channel';
import { cleanName, linkSeenBy, newLinkUrl, type InviteLink, type LinkSettings } from '../invite-link';
import type { Bot } from '../bot';
import { findChatToInvite } from './find-chat';
import type { Call, Reply } from './method';

const HIGHEST_MEMBER_LIMIT = 99_999;
const MINUTE_MS = 60_000;

export function createChatInviteLink(call: Call): Reply {
  const { bot } = call;
  const channel = findChatToInvite(call);
  const settings = linkSettings(call);
  floodCheck(call, channel);
  const link: InviteLink = {
    url: newLinkUrl(),
    chatId: channel.chat.id,
    creator: bot.user,
    settings,
    isRevoked: false,
    members: new Set(),
    requests: new Set(),
  };
  call.telegram.registerLink(link);
  return { result: linkSeenBy(bot.user.id, link) };
}

/** Replaces all settings: an edit that names only the expiry takes name and member limit away. */
export function editChatInviteLink(call: Call): Reply {
  const link = ownLink(call);
  if (link.isRevoked) throw badRequest('INVITE_HASH_EXPIRED');
  link.settings = linkSettings(call);
  return { result: linkSeenBy(call.bot.user.id, link) };
}

/** For ever: there is no way back, and no deleting. */
export function revokeChatInviteLink(call: Call): Reply {
  const link = ownLink(call);
  link.isRevoked = true;
  return { result: linkSeenBy(call.bot.user.id, link) };
}

function linkSettings({ telegram, args }: Call): LinkSettings {
  const name = cleanName(args.text('name') ?? '');
  const expireDate = args.integer('expire_date') ?? 0;
  const memberLimit = args.integer('member_limit') ?? 0;
  const createsJoinRequest = args.flag('creates_join_request');
  if (createsJoinRequest && memberLimit !== 0) {
    throw badRequest("member limit can't be specified for links requiring administrator approval");
  }
  if (memberLimit < 0 || memberLimit > HIGHEST_MEMBER_LIMIT) throw badRequest('USAGE_LIMIT_INVALID');
  if (expireDate !== 0 && expireDate <= wholeSeconds(telegram.clock)) throw badRequest('EXPIRE_DATE_INVALID');
  return {
    ...(name === undefined ? {} : { name }),
    ...(expireDate === 0 ? {} : { expireDate }),
    ...(memberLimit === 0 ? {} : { memberLimit }),
    createsJoinRequest,
  };
}

function ownLink(call: Call): InviteLink {
  const channel = findChatToInvite(call);
  const link = call.telegram.findLink(call.args.required('invite_link'));
  const isOwn = link?.chatId === channel.chat.id && link.creator.id === call.bot.user.id;
  if (!isOwn) throw badRequest('INVITE_HASH_EXPIRED');
  return link;
}

/** When the last minute's links were made, for each bot and chat. */
const recent = new WeakMap<Bot, Map<number, number[]>>();

function floodCheck({ telegram, bot }: Call, channel: Channel): void {
  const { linksPerMinute } = telegram.faults.telegram;
  if (linksPerMinute === 0) return;
  const now = telegram.clock.now();
  const ofBot = recent.get(bot) ?? new Map<number, number[]>();
  recent.set(bot, ofBot);
  const made = (ofBot.get(channel.chat.id) ?? []).filter((at) => at > now - MINUTE_MS);
  const [oldest] = made;
  if (made.length >= linksPerMinute && oldest !== undefined) {
    throw tooManyRequests(Math.max(1, Math.ceil((oldest + MINUTE_MS - now) / 1000)));
  }
  ofBot.set(channel.chat.id, [...made, now]);
}
