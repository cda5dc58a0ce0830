import { Pool } from 'undici';
import { isObject, textOf } from './json';
import { judgeAnswer, type HttpAnswer } from './judge-answer';
import {
  accountOf,
  inviteLinkOf,
  webhookInfoOf,
  type Account,
  type LinkOrder,
  type WebhookInfo,
  type WebhookSettings,
} from './methods';
import { TelegramUnavailable } from './telegram-errors';

export interface CallOptions {
  /** From the call to the last byte of the answer, the wait for a connection included. */
  readonly timeoutMs?: number;
}

/** Telegram waits out short floods itself, up to 8 s and more, and then answers: 15 s at the least (reference §4.2). */
const TIMEOUT_MS = 20_000;
/** Opened as needed. A call's time runs while it waits for one: at half a second each, 2,500 calls at once still pass. */
const CONNECTIONS = 64;
/** The longest answer of the methods below has about a kilobyte. */
const LONGEST_ANSWER_BYTES = 64 * 1024;

/**
 * The Bot API, as far as the services use it: one attempt a call, over connections that stay open. Every call rejects
 * with one of TelegramThrottled, TelegramRefused and TelegramUnavailable. The token stands in the path of the request,
 * so nothing of the HTTP library's errors is passed on but their code.
 */
export class TelegramClient {
  private readonly pool: Pool;
  private readonly basePath: string;
  private closing: Promise<void> | undefined;

  /**
   * @param apiUrl such as `https://api.telegram.org`; a path in it stays in front
   * @param defaults for calls that name no options
   */
  constructor(
    apiUrl: string,
    private readonly defaults: CallOptions = {},
  ) {
    const { origin, pathname } = new URL(apiUrl);
    this.basePath = pathname.replace(/\/+$/, '');
    this.pool = new Pool(origin, { connections: CONNECTIONS, maxResponseSize: LONGEST_ANSWER_BYTES });
  }

  /** @returns what Telegram has put into `result`, unchecked */
  async call(
    token: string,
    method: string,
    parameters: Readonly<Record<string, unknown>> = {},
    { timeoutMs = this.defaults.timeoutMs ?? TIMEOUT_MS }: CallOptions = {},
  ): Promise<unknown> {
    const path = `${this.basePath}/bot${token}/${method}`;
    const answer = await this.post(path, JSON.stringify(parameters), timeoutMs);
    // Before it is read: a gateway's refusal may quote the path.
    return judgeAnswer({ ...answer, body: answer.body.replaceAll(token, '[token]') });
  }

  async getMe(token: string, options?: CallOptions): Promise<Account> {
    return accountOf(await this.call(token, 'getMe', {}, options));
  }

  /**
   * A link that anybody may use, without member limit: with a limit of one, a forwarded link would turn the second
   * person away (reference §4.4). When the answer is lost the link may exist all the same. That is harmless: nobody
   * was given it, and it can't be found again (§4.2, §4.3).
   * @returns the link as Telegram spells it
   */
  async createChatInviteLink(
    token: string,
    { chatId, name, expiresAtSeconds }: LinkOrder,
    options?: CallOptions,
  ): Promise<string> {
    const parameters = {
      chat_id: chatId,
      name,
      ...(expiresAtSeconds === undefined ? {} : { expire_date: expiresAtSeconds }),
    };
    return inviteLinkOf(await this.call(token, 'createChatInviteLink', parameters, options));
  }

  async getWebhookInfo(token: string, options?: CallOptions): Promise<WebhookInfo> {
    return webhookInfoOf(await this.call(token, 'getWebhookInfo', {}, options));
  }

  /** Always with all settings: an omitted secret would be removed, omitted updates would stay (reference §3). */
  async setWebhook(
    token: string,
    { url, secret, allowedUpdates, maxConnections }: WebhookSettings,
    options?: CallOptions,
  ): Promise<void> {
    const parameters = {
      url,
      secret_token: secret,
      allowed_updates: allowedUpdates,
      max_connections: maxConnections,
    };
    await this.call(token, 'setWebhook', parameters, options);
  }

  /** Updates that wait are kept. */
  async deleteWebhook(token: string, options?: CallOptions): Promise<void> {
    await this.call(token, 'deleteWebhook', {}, options);
  }

  /** Calls that are out, and later ones, fail as unavailable. */
  close(): Promise<void> {
    return (this.closing ??= this.pool.destroy());
  }

  private async post(path: string, body: string, timeoutMs: number): Promise<HttpAnswer> {
    try {
      const answer = await this.pool.request({
        method: 'POST',
        path,
        headers: { 'content-type': 'application/json' },
        body,
        // The HTTP library's own timeouts begin anew with each byte, and know nothing of the connecting before.
        signal: AbortSignal.timeout(timeoutMs),
      });
      const retryAfter = answer.headers['retry-after'];
      return {
        status: answer.statusCode,
        retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
        body: await answer.body.text(),
      };
    } catch (error) {
      throw new TelegramUnavailable(`Telegram is not reachable (${codeOf(error)})`);
    }
  }
}

/** Not by `instanceof`: an error of the platform may come from another realm. */
function codeOf(error: unknown): string {
  if (!isObject(error)) return 'no code';
  return textOf(error.code) ?? textOf(error.name) ?? 'no code';
}
