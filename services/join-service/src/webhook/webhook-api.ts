import { Pool } from 'undici';
import { TelegramRefused, TelegramThrottled, TelegramUnavailable } from './telegram-errors';

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

/** Short floods are waited out by Telegram itself, up to 8 s and more (reference/telegram-bot-api.md §4.2). */
const TIMEOUT_MS = 20_000;
/** When a 429 doesn't say how long. */
const DEFAULT_RETRY_AFTER_MS = 5_000;

type Json = Readonly<Record<string, unknown>>;

/** The calls about webhooks. The token stands in the path, so no error of the HTTP library is passed on. */
export class WebhookApi {
  private readonly pool: Pool;
  private readonly root: string;

  /** @param apiUrl such as `https://api.telegram.org`; a path in it is kept */
  constructor(apiUrl: string, timeoutMs = TIMEOUT_MS) {
    const url = new URL(apiUrl);
    this.root = url.pathname.replace(/\/+$/, '');
    this.pool = new Pool(url.origin, {
      connections: 4,
      connectTimeout: timeoutMs,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
  }

  /** @throws TelegramThrottled, TelegramRefused, TelegramUnavailable; so do the others */
  async info(token: string): Promise<WebhookInfo> {
    return infoOf(await this.call(token, 'getWebhookInfo', {}));
  }

  /** Always with all settings: an omitted secret would be removed, omitted updates would stay (reference §3). */
  async set(token: string, { url, secret, allowedUpdates, maxConnections }: WebhookSettings): Promise<void> {
    await this.call(token, 'setWebhook', {
      url,
      secret_token: secret,
      allowed_updates: allowedUpdates,
      max_connections: maxConnections,
    });
  }

  /** Updates that wait are kept. */
  async remove(token: string): Promise<void> {
    await this.call(token, 'deleteWebhook', {});
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }

  private async call(token: string, method: string, parameters: Json): Promise<unknown> {
    const { status, envelope } = await this.post(`${this.root}/bot${token}/${method}`, parameters);
    if (envelope === undefined)
      throw new TelegramUnavailable(`Telegram answered HTTP ${status} without JSON`);
    if (envelope.ok === true) return envelope.result;
    if (status === 429) throw new TelegramThrottled(retryAfterMsOf(envelope));
    if (status >= 500) throw new TelegramUnavailable(`Telegram answered HTTP ${status}`);
    throw new TelegramRefused(status, textOf(envelope.description) ?? `HTTP ${status}`);
  }

  private async post(
    path: string,
    parameters: Json,
  ): Promise<{ status: number; envelope: Json | undefined }> {
    try {
      const { statusCode, body } = await this.pool.request({
        method: 'POST',
        path,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(parameters),
      });
      return { status: statusCode, envelope: jsonOf(await body.text()) };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'no connection';
      throw new TelegramUnavailable(`Telegram can't be reached (${code})`);
    }
  }
}

function infoOf(result: unknown): WebhookInfo {
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

function retryAfterMsOf({ parameters }: Json): number {
  const seconds = isObject(parameters) ? numberOf(parameters.retry_after) : undefined;
  return seconds === undefined || seconds <= 0 ? DEFAULT_RETRY_AFTER_MS : seconds * 1_000;
}

function jsonOf(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
