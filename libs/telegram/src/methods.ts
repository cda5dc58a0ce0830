import { inviteCodeOf } from '@clickjoin/contracts';
import { isObject, numberOf, textOf } from './json';
import { TelegramUnavailable } from './telegram-errors';

/** Whose token it is. */
export interface Account {
  readonly id: string;
  readonly isBot: boolean;
  /** Every bot has one; people may have none. */
  readonly username: string | undefined;
  readonly firstName: string | undefined;
}

export interface LinkOrder {
  readonly chatId: string;
  /** Shown to the channel's owner in the list of links, where nobody can delete them (reference §4.3). At most 32. */
  readonly name: string;
  /** Unix seconds; undefined: never expires. */
  readonly expiresAtSeconds: number | undefined;
  /** Whoever uses the link asks to be let in, and an administrator decides. False without it. */
  readonly createsJoinRequest?: boolean;
}

/** What a webhook should be; what getWebhookInfo tells of it is the same without the secret. */
export interface WebhookSettings {
  readonly url: string;
  readonly secret: string;
  readonly allowedUpdates: readonly string[];
  readonly maxConnections: number;
}

export interface WebhookInfo {
  /** Empty: none is set. */
  readonly url: string;
  readonly pendingUpdateCount: number;
  /** Undefined when it is Telegram's default, which leaves out `chat_member`. */
  readonly allowedUpdates: readonly string[] | undefined;
  readonly maxConnections: number | undefined;
  /** Telegram's last trouble with us. */
  readonly lastError: { readonly dateSeconds: number; readonly message: string } | undefined;
}

/** What getChat tells of a group or channel. */
export interface ChatDetails {
  readonly id: string;
  readonly type: string;
  readonly title: string;
  /** Without `@`; undefined: private. */
  readonly username: string | undefined;
  /** The bot's own primary link; only for administrators who may invite. */
  readonly inviteLink: string | undefined;
}

/** What a bot may do in a chat, as getChatMember tells it. */
export interface MemberRights {
  readonly isAdmin: boolean;
  readonly canInvite: boolean;
}

/**
 * What became of an approval:
 * - `approved`
 * - `nothing-to-approve`: nobody waits there; the person is in already, took the request back, or was let in by
 *   another. For whoever wants the person in, as good as the first
 */
export type Approval = 'approved' | 'nothing-to-approve';

export interface MessageOrder {
  /** A person who has started the bot, or any chat of it. */
  readonly chatId: string;
  /** Plain text, 1 to 4,096 characters. */
  readonly text: string;
  /** Below the text; a tap opens the address. */
  readonly button?: { readonly text: string; readonly url: string };
}

export interface UpdatesOrder {
  /** Confirms all updates below it: Telegram forgets them. Undefined confirms nothing. */
  readonly offset: number | undefined;
  /** 1 to 100. */
  readonly limit: number;
  /** How long Telegram may wait for something to happen; at most 50. */
  readonly waitSeconds: number;
  readonly allowedUpdates: readonly string[];
}

/** One update as it came, of which only the number was looked at. */
export interface RawUpdate {
  readonly update_id: number;
  readonly [type: string]: unknown;
}

/** @throws TelegramUnavailable, as the others: a success without what was asked for is an answer of somebody else. */
export function accountOf(result: unknown): Account {
  if (!isObject(result) || typeof result.id !== 'number' || typeof result.is_bot !== 'boolean') {
    throw new TelegramUnavailable('Telegram answered without an account');
  }
  return {
    id: String(result.id),
    isBot: result.is_bot,
    username: textOf(result.username),
    firstName: textOf(result.first_name),
  };
}

export function inviteLinkOf(result: unknown): string {
  const link = isObject(result) ? textOf(result.invite_link) : undefined;
  if (link !== undefined && inviteCodeOf(link) !== undefined) return link;
  throw new TelegramUnavailable('Telegram answered without an invite link');
}

export function webhookInfoOf(result: unknown): WebhookInfo {
  if (!isObject(result) || typeof result.url !== 'string') {
    throw new TelegramUnavailable('Telegram answered without webhook information');
  }
  const message = textOf(result.last_error_message);
  return {
    url: result.url,
    pendingUpdateCount: numberOf(result.pending_update_count) ?? 0,
    allowedUpdates: Array.isArray(result.allowed_updates) ? result.allowed_updates.map(String) : undefined,
    maxConnections: numberOf(result.max_connections),
    lastError:
      message === undefined ? undefined : { dateSeconds: numberOf(result.last_error_date) ?? 0, message },
  };
}

export function chatDetailsOf(result: unknown): ChatDetails {
  if (!isObject(result) || typeof result.id !== 'number' || typeof result.type !== 'string') {
    throw new TelegramUnavailable('Telegram answered without a chat');
  }
  const username = textOf(result.username);
  return {
    id: String(result.id),
    type: result.type,
    title: textOf(result.title) ?? '',
    username: username === '' ? undefined : username,
    inviteLink: textOf(result.invite_link),
  };
}

/** An owner has every right, and Telegram doesn't list them. */
export function memberRightsOf(result: unknown): MemberRights {
  const status = isObject(result) ? textOf(result.status) : undefined;
  if (!isObject(result) || status === undefined) {
    throw new TelegramUnavailable('Telegram answered without a member');
  }
  const isOwner = status === 'creator';
  const isAdmin = isOwner || status === 'administrator';
  return { isAdmin, canInvite: isOwner || (isAdmin && result.can_invite_users === true) };
}

export function updatesOf(result: unknown): readonly RawUpdate[] {
  if (!Array.isArray(result) || !result.every(isRawUpdate)) {
    throw new TelegramUnavailable('Telegram answered without a list of updates');
  }
  return result;
}

const isRawUpdate = (value: unknown): value is RawUpdate =>
  isObject(value) && Number.isSafeInteger(value.update_id);
