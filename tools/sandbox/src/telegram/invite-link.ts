import { randomBytes } from 'node:crypto';
import type { ChatInviteLink, User } from './wire';

const LONGEST_NAME = 32;

/** The settings of a link; an edit replaces all four, so what it does not name is gone. */
export interface LinkSettings {
  readonly name?: string;
  /** Unix seconds. */
  readonly expireDate?: number;
  readonly memberLimit?: number;
  readonly createsJoinRequest: boolean;
}

export interface InviteLink {
  readonly url: string;
  readonly chatId: number;
  readonly creator: User;
  settings: LinkSettings;
  isRevoked: boolean;
  /** The one link of a bot that nobody made: what getChat tells. */
  readonly isPrimary?: boolean;
  /** Who is in the chat by this link now; a leave frees the place. */
  readonly members: Set<number>;
  readonly requests: Set<number>;
}

/** 16 base64url characters after the plus, as Telegram makes them today. */
export function newLinkUrl(): string {
  return `https://t.me/+${randomBytes(12).toString('base64url')}`;
}

/** Telegram collapses the white space of a link's name and cuts it to 32 characters, in silence. */
export function cleanName(name: string): string | undefined {
  const clean = name.replace(/\s+/gu, ' ').trim();
  return clean === '' ? undefined : Array.from(clean).slice(0, LONGEST_NAME).join('');
}

/** The part of a link that matters, from any of its spellings. */
export function linkCode(url: string): string | undefined {
  return /^(?:(?:https?:\/\/)?(?:t|telegram)\.(?:me|dog)\/(?:\+|joinchat\/)|tg:\/\/join\?invite=)([\w-]+)$/.exec(
    url,
  )?.[1];
}

/** How a link looks to a bot: whole if it is its own, else with the second half of its code cut off. */
export function linkSeenBy(botId: number, link: InviteLink): ChatInviteLink {
  const { settings, creator } = link;
  const own = creator.id === botId;
  return {
    invite_link: own ? link.url : cut(link.url),
    ...(own && settings.name !== undefined ? { name: settings.name } : {}),
    creator,
    ...(settings.expireDate === undefined ? {} : { expire_date: settings.expireDate }),
    ...(settings.memberLimit === undefined ? {} : { member_limit: settings.memberLimit }),
    ...(link.requests.size === 0 ? {} : { pending_join_request_count: link.requests.size }),
    creates_join_request: settings.createsJoinRequest,
    is_primary: link.isPrimary === true,
    is_revoked: link.isRevoked,
  };
}

export function cut(url: string): string {
  const code = linkCode(url) ?? '';
  return `${url.slice(0, url.length - Math.ceil(code.length / 2))}...`;
}
