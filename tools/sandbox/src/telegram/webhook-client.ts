import { STATUS_CODES } from 'node:http';
import { gunzipSync, inflateSync } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { isObject, type JsonObject } from '../input';
import { retryAfterMs } from './retry-schedule';

export interface Webhook {
  readonly url: URL;
  readonly secretToken: string | undefined;
  /** Parallel deliveries at most, 1–100. */
  readonly maxConnections: number;
}

export type WebhookAnswer =
  | { readonly kind: 'acknowledged'; readonly call?: JsonObject & { readonly method: string } }
  | {
      readonly kind: 'failed';
      /** As `getWebhookInfo` shows it. */
      readonly message: string;
      readonly status?: number;
      readonly retryAfterMs?: number;
    };

const LARGEST_ANSWER_BYTES = 1024 * 1024;

/**
 * One try to deliver one update, with only the headers that Telegram sends: no user agent, no compression. Never
 * throws: whatever goes wrong is a failed try. Redirects are not followed.
 * @param timeoutMs longest silence of the receiver.
 */
export async function postUpdate(
  dispatcher: Dispatcher,
  webhook: Webhook,
  body: string,
  timeoutMs: number,
): Promise<WebhookAnswer> {
  try {
    const response = await dispatcher.request({
      origin: webhook.url.origin,
      path: `${webhook.url.pathname}${webhook.url.search}`,
      method: 'POST',
      headers: headersFor(webhook),
      body,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    return await judge(response);
  } catch (error) {
    return { kind: 'failed', message: inTelegramsWords(error) };
  }
}

function headersFor({ url, secretToken }: Webhook): Record<string, string> {
  const userInfo = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return {
    ...(userInfo === ':' ? {} : { authorization: `Basic ${Buffer.from(userInfo).toString('base64')}` }),
    ...(secretToken === undefined ? {} : { 'x-telegram-bot-api-secret-token': secretToken }),
    'content-type': 'application/json',
    'accept-encoding': 'gzip, deflate',
  };
}

async function judge({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<WebhookAnswer> {
  const header = (name: string): string | undefined => {
    const value = headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  const encoding = header('content-encoding');
  if (encoding !== undefined && encoding !== 'gzip' && encoding !== 'deflate') {
    await body.dump();
    return { kind: 'failed', message: 'Failed to read the response: unsupported content encoding' };
  }
  if (statusCode < 200 || statusCode > 299) {
    await body.dump();
    const wait = retryAfterMs(header('retry-after'));
    const message =
      `Wrong response from the webhook: ${statusCode} ${STATUS_CODES[statusCode] ?? ''}`.trimEnd();
    return {
      kind: 'failed',
      message,
      status: statusCode,
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
    };
  }
  const bytes = Buffer.from(await body.arrayBuffer());
  const type = header('content-type') ?? '';
  const carriesCall =
    type.startsWith('application/json') || type.startsWith('application/x-www-form-urlencoded');
  if (carriesCall && bytes.length > LARGEST_ANSWER_BYTES) {
    return { kind: 'failed', message: 'Failed to read the response: it is too big' };
  }
  const call = carriesCall && bytes.length > 0 ? readCall(unpacked(bytes, encoding), type) : undefined;
  return { kind: 'acknowledged', ...(call ? { call } : {}) };
}

function unpacked(bytes: Buffer, encoding: string | undefined): string {
  if (encoding === undefined) return bytes.toString();
  return (encoding === 'gzip' ? gunzipSync(bytes) : inflateSync(bytes)).toString();
}

/** A method call in the answer's body. Broken JSON acknowledges all the same: Telegram only logs it. */
function readCall(text: string, type: string): (JsonObject & { method: string }) | undefined {
  try {
    const value: unknown = type.startsWith('application/json')
      ? JSON.parse(text)
      : Object.fromEntries(new URLSearchParams(text));
    return isObject(value) && typeof value['method'] === 'string'
      ? { ...value, method: value['method'] }
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function inTelegramsWords(error: unknown): string {
  const { code, message } = isObject(error) ? error : { code: undefined, message: error };
  if (code === 'ECONNREFUSED') return 'Connection refused';
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') return 'Read timeout expired';
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return 'Connection timed out';
  if (code === 'ENOTFOUND') return 'Failed to resolve host: Name or service not known';
  return `Connection closed: ${String(message)}`;
}
