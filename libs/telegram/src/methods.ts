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
