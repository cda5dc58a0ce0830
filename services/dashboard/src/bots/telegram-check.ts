import { performance } from 'node:perf_hooks';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Agent } from 'undici';
import { DashboardConfig } from '../config';
import { DashboardMetrics } from '../metrics';

/** A person waits for the answer in front of a form. */
const TIMEOUT_MS = 8_000;
const LONGEST_ANSWER_BYTES = 64 * 1024;

/** What Telegram says about a token. */
export type TokenCheck =
  | { readonly kind: 'bot'; readonly botId: string; readonly username: string; readonly name: string }
  /** Telegram knows the token's owner no more, or never did. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** No answer that says anything about the token. Holds no URL, since the token stands in it. */
  | { readonly kind: 'no-answer'; readonly reason: string };

/** @param status of HTTP; Telegram says the same in `ok`. Source: reference/telegram-bot-api.md §4, §7. */
export function readGetMe(status: number, body: string): TokenCheck {
  const envelope = objectIn(body);
  const { result } = envelope;
  if (status === 200 && envelope['ok'] === true && isObject(result)) {
    const { id, username, first_name: name, is_bot: isBot } = result;
    if (isBot !== true) return { kind: 'refused', reason: 'this is not the token of a bot' };
    if (typeof id === 'number' && typeof username === 'string')
      return {
        kind: 'bot',
        botId: String(id),
        username,
        name: typeof name === 'string' ? name.slice(0, 200) : username,
      };
  }
  // 401: revoked or mistyped; 404: no token at all by its form. Anything else is about Telegram, not the token.
  if (status === 401 || status === 404) {
    const { description } = envelope;
    return { kind: 'refused', reason: typeof description === 'string' ? description : `HTTP ${status}` };
  }
  return { kind: 'no-answer', reason: `HTTP ${status}` };
}

/** Asks Telegram whose token it is. */
@Injectable()
export class TelegramCheck implements OnApplicationShutdown {
  private readonly agent = new Agent({
    connectTimeout: TIMEOUT_MS,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    maxResponseSize: LONGEST_ANSWER_BYTES,
  });

  constructor(
    private readonly config: DashboardConfig,
    private readonly metrics: DashboardMetrics,
  ) {}

  async whoseToken(token: string): Promise<TokenCheck> {
    const startedAt = performance.now();
    const { origin, pathname } = new URL(this.config.telegramApiUrl);
    try {
      const { statusCode, body } = await this.agent.request({
        origin,
        path: `${pathname.replace(/\/$/, '')}/bot${token}/getMe`,
        method: 'GET',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return readGetMe(statusCode, await body.text());
    } catch (error) {
      // Only its kind: an HTTP client's message may quote the path, and the token stands in the path.
      return { kind: 'no-answer', reason: codeOf(error) };
    } finally {
      this.metrics.telegramChecks.observe((performance.now() - startedAt) / 1_000);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function objectIn(body: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(body);
    return isObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
}
