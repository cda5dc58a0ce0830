import { Pool } from 'undici';
import { isObject, textOf } from './json';
import { judgeAnswer, type HttpAnswer } from './judge-answer';
import {
  accountOf,
  chatDetailsOf,
  inviteLinkOf,
  memberRightsOf,
  updatesOf,
  webhookInfoOf,
  type Account,
  type Approval,
  type ChatDetails,
  type LinkOrder,
  type MemberRights,
  type MessageOrder,
  type RawUpdate,
  type UpdatesOrder,
  type WebhookInfo,
  type WebhookSettings,
} from './methods';
import { TelegramRefused, TelegramUnavailable } from './telegram-errors';

export interface CallOptions {
  /** From the call to the last byte of the answer, the wait for a connection included. */
  readonly timeoutMs?: number;
  /** Aborted, the call ends at once, as unavailable. It may have had its effect. */
  readonly signal?: AbortSignal;
}

/** Telegram waits out short floods itself, up to 8 s and more, and then answers: 15 s at the least (reference §4.2). */
const TIMEOUT_MS = 20_000;
/** Opened as needed. A call's time runs while it waits for one: at half a second each, 2,500 calls at once still pass. */
const CONNECTIONS = 64;
/** The longest answer of the methods below has some kilobytes, but for getUpdates. */
const LONGEST_ANSWER_BYTES = 64 * 1024;
/** 100 updates of 512 KiB each (reference §3), and what is around them: an answer too long would come again for ever. */
const LONGEST_UPDATES_BYTES = 64 * 1024 * 1024;
/** More than the wait that was asked for, for an answer that is under way. */
const UPDATES_GRACE_MS = 10_000;
/** There is nobody to let in: in already, let in by another, or gone. These two words are all that Telegram gives. */
const NOTHING_TO_APPROVE = /\b(?:HIDE_REQUESTER_MISSING|USER_ALREADY_PARTICIPANT)\b/;

/**
 * The Bot API, as far as the services use it: one attempt a call, over connections that stay open. Every call rejects
 * with one of TelegramThrottled, TelegramRefused and TelegramUnavailable. The token stands in the path of the request,
 * so nothing of the HTTP library's errors is passed on but their code.
 */
export class TelegramClient {
  private readonly pool: Pool;
  /** A pool of its own: calls that wait for half a minute must not take the places of the others. */
  private readonly pollPool: Pool;
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
    this.pollPool = new Pool(origin, { maxResponseSize: LONGEST_UPDATES_BYTES });
  }

  /** @returns what Telegram has put into `result`, unchecked */
  call(
    token: string,
    method: string,
    parameters: Readonly<Record<string, unknown>> = {},
    options: CallOptions = {},
  ): Promise<unknown> {
    return this.callOver(this.pool, token, method, parameters, options);
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
    { chatId, name, expiresAtSeconds, createsJoinRequest = false }: LinkOrder,
    options?: CallOptions,
  ): Promise<string> {
    const parameters = {
      chat_id: chatId,
      name,
      ...(expiresAtSeconds === undefined ? {} : { expire_date: expiresAtSeconds }),
      ...(createsJoinRequest ? { creates_join_request: true } : {}),
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

  async getChat(token: string, chatId: string, options?: CallOptions): Promise<ChatDetails> {
    return chatDetailsOf(await this.call(token, 'getChat', { chat_id: chatId }, options));
  }

  /** @param userId of the bot itself, or of somebody else in a chat that it administers */
  async getChatMember(
    token: string,
    { chatId, userId }: { readonly chatId: string; readonly userId: string },
    options?: CallOptions,
  ): Promise<MemberRights> {
    const parameters = { chat_id: chatId, user_id: Number(userId) };
    return memberRightsOf(await this.call(token, 'getChatMember', parameters, options));
  }

  /** May be repeated: that nobody waits there any more is an answer, and no error. */
  async approveChatJoinRequest(
    token: string,
    { chatId, userId }: { readonly chatId: string; readonly userId: string },
    options?: CallOptions,
  ): Promise<Approval> {
    const parameters = { chat_id: chatId, user_id: Number(userId) };
    try {
      await this.call(token, 'approveChatJoinRequest', parameters, options);
      return 'approved';
    } catch (error) {
      if (error instanceof TelegramRefused && NOTHING_TO_APPROVE.test(error.description)) {
        return 'nothing-to-approve';
      }
      throw error;
    }
  }

  /** When the answer is lost the message may have been sent all the same. */
  async sendMessage(token: string, order: MessageOrder, options?: CallOptions): Promise<void> {
    await this.call(token, 'sendMessage', messageParametersOf(order), options);
  }

  /**
   * Takes what waits at Telegram, in the order of its numbers; waits for something to happen when nothing does.
   * @throws TelegramRefused with `isConflict` while a webhook is set, or when somebody else polls
   */
  async getUpdates(
    token: string,
    { offset, limit, waitSeconds, allowedUpdates }: UpdatesOrder,
    options: CallOptions = {},
  ): Promise<readonly RawUpdate[]> {
    const parameters = {
      ...(offset === undefined ? {} : { offset }),
      limit,
      timeout: waitSeconds,
      allowed_updates: allowedUpdates,
    };
    const timeoutMs = waitSeconds * 1_000 + UPDATES_GRACE_MS;
    return updatesOf(
      await this.callOver(this.pollPool, token, 'getUpdates', parameters, { timeoutMs, ...options }),
    );
  }

  /** Calls that are out, and later ones, fail as unavailable. */
  close(): Promise<void> {
    return (this.closing ??= Promise.all([this.pool.destroy(), this.pollPool.destroy()]).then(
      () => undefined,
    ));
  }

  private async callOver(
    pool: Pool,
    token: string,
    method: string,
    parameters: Readonly<Record<string, unknown>>,
    { timeoutMs = this.defaults.timeoutMs ?? TIMEOUT_MS, signal }: CallOptions,
  ): Promise<unknown> {
    const path = `${this.basePath}/bot${token}/${method}`;
    const deadline = AbortSignal.timeout(timeoutMs);
    const answer = await post(
      pool,
      path,
      JSON.stringify(parameters),
      signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
    );
    // Before it is read: a gateway's refusal may quote the path.
    return judgeAnswer({ ...answer, body: answer.body.replaceAll(token, '[token]') });
  }
}

/** Also what a webhook's answer carries when Telegram is to make the call itself (reference §3). */
export const messageParametersOf = ({
  chatId,
  text,
  button,
}: MessageOrder): Readonly<Record<string, unknown>> => ({
  chat_id: chatId,
  text,
  ...(button === undefined ? {} : { reply_markup: { inline_keyboard: [[button]] } }),
});

async function post(pool: Pool, path: string, body: string, signal: AbortSignal): Promise<HttpAnswer> {
  try {
    const answer = await pool.request({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json' },
      body,
      // The HTTP library's own timeouts begin anew with each byte, and know nothing of the connecting before.
      signal,
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

/** Not by `instanceof`: an error of the platform may come from another realm. */
function codeOf(error: unknown): string {
  if (!isObject(error)) return 'no code';
  return textOf(error.code) ?? textOf(error.name) ?? 'no code';
}
