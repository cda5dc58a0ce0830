import { inviteCodeOf } from '@clickjoin/contracts';
import { Pool } from 'undici';
import { TelegramRefused, TelegramThrottled, TelegramUnavailable } from './telegram-errors';

/** Telegram swallows short floods by answering late, up to 8 s and more: 15 s at the least (reference §4.2). */
const TIMEOUT_MS = 20_000;
/** When a 429 names no time. */
const DEFAULT_RETRY_AFTER_MS = 5_000;
/** As long as a day-long flood wait, and no longer: a broken number must not stop a bot for good. */
const LONGEST_RETRY_AFTER_MS = 86_400_000;
/** Shown to the channel's owner in the list of links, where nobody can delete them (reference §4.3). */
const LINK_NAME = 'Clickjoin';

export interface LinkOrder {
  readonly token: string;
  readonly chatId: string;
  /** Unix seconds; undefined: never expires. */
  readonly expiresAtSeconds: number | undefined;
}

interface Envelope {
  readonly ok?: unknown;
  readonly result?: { readonly invite_link?: unknown };
  readonly error_code?: unknown;
  readonly description?: unknown;
  readonly parameters?: { readonly retry_after?: unknown };
}

/** Makes invite links at Telegram. One connection pool; keep-alive, so that a refill is not a storm of handshakes. */
export class TelegramClient {
  private readonly pool: Pool;
  private readonly basePath: string;
  private closing: Promise<void> | undefined;

  /** @param apiUrl such as `https://api.telegram.org`; a path in it stays in front. */
  constructor(apiUrl: string, timeoutMs = TIMEOUT_MS) {
    const { origin, pathname } = new URL(apiUrl);
    this.basePath = pathname.replace(/\/$/, '');
    this.pool = new Pool(origin, {
      connections: 8,
      connectTimeout: timeoutMs,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
  }

  /**
   * A link that anybody may use, without member limit: with a limit of one, a forwarded link would turn the second
   * person away (reference §4.4).
   * @returns the link as Telegram spells it
   * @throws TelegramThrottled, TelegramRefused, TelegramUnavailable
   */
  async createChatInviteLink({ token, chatId, expiresAtSeconds }: LinkOrder): Promise<string> {
    const { status, envelope } = await this.call(token, 'createChatInviteLink', {
      chat_id: chatId,
      name: LINK_NAME,
      ...(expiresAtSeconds === undefined ? {} : { expire_date: expiresAtSeconds }),
    });
    if (envelope?.ok === true) {
      const link = envelope.result?.invite_link;
      if (typeof link === 'string' && inviteCodeOf(link) !== undefined) return link;
      throw new TelegramUnavailable('Telegram answered without an invite link');
    }
    throw refusalOf(status, envelope);
  }

  /** Calls that are out fail as unavailable. */
  close(): Promise<void> {
    return (this.closing ??= this.pool.destroy());
  }

  private async call(
    token: string,
    method: string,
    parameters: Readonly<Record<string, unknown>>,
  ): Promise<{ status: number; envelope: Envelope | undefined }> {
    try {
      const { statusCode, body } = await this.pool.request({
        method: 'POST',
        path: `${this.basePath}/bot${token}/${method}`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(parameters),
      });
      return { status: statusCode, envelope: parse(await body.text()) };
    } catch (error) {
      // Not as `cause`: an HTTP library may quote the request's path, and the path holds the token.
      throw new TelegramUnavailable(`Telegram is not reachable (${codeOf(error)})`);
    }
  }
}

function refusalOf(status: number, envelope: Envelope | undefined): Error {
  const code = typeof envelope?.error_code === 'number' ? envelope.error_code : status;
  if (code === 429) return new TelegramThrottled(retryAfterMsOf(envelope?.parameters?.retry_after));
  if (envelope === undefined || code >= 500 || code < 400) {
    return new TelegramUnavailable(`Telegram answered with HTTP ${status}`);
  }
  const description = typeof envelope.description === 'string' ? envelope.description : 'no description';
  return new TelegramRefused(code, description.slice(0, 300));
}

function retryAfterMsOf(seconds: unknown): number {
  if (typeof seconds !== 'number' || !(seconds > 0)) return DEFAULT_RETRY_AFTER_MS;
  return Math.min(seconds * 1000, LONGEST_RETRY_AFTER_MS);
}

function parse(text: string): Envelope | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no code';
