import { performance } from 'node:perf_hooks';
import { TelegramClient, TelegramError, TelegramRefused, type Account } from '@clickjoin/telegram';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { DashboardMetrics } from '../metrics';

/** A person waits for the answer in front of a form. */
const TIMEOUT_MS = 8_000;

/** What Telegram says about a token. */
export type TokenCheck =
  | { readonly kind: 'bot'; readonly botId: string; readonly username: string; readonly name: string }
  /** Telegram knows the token's owner no more, or never did. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** No answer that says anything about the token. Holds no URL, since the token stands in it. */
  | { readonly kind: 'no-answer'; readonly reason: string };

/** Asks Telegram whose token it is. */
@Injectable()
export class TelegramCheck implements OnApplicationShutdown {
  constructor(
    private readonly telegram: TelegramClient,
    private readonly metrics: DashboardMetrics,
  ) {}

  async whoseToken(token: string): Promise<TokenCheck> {
    const startedAt = performance.now();
    try {
      return checkOf(await this.telegram.getMe(token, { timeoutMs: TIMEOUT_MS }));
    } catch (error) {
      if (!(error instanceof TelegramError)) throw error;
      // Any other refusal is about Telegram, not the token.
      if (error instanceof TelegramRefused && error.isAboutToken)
        return { kind: 'refused', reason: error.description };
      return { kind: 'no-answer', reason: error.message };
    } finally {
      this.metrics.telegramChecks.observe((performance.now() - startedAt) / 1_000);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.telegram.close();
  }
}

function checkOf({ id, isBot, username, firstName }: Account): TokenCheck {
  if (!isBot) return { kind: 'refused', reason: 'this is not the token of a bot' };
  if (username === undefined) return { kind: 'no-answer', reason: 'Telegram named a bot without a username' };
  return { kind: 'bot', botId: id, username, name: firstName?.slice(0, 200) ?? username };
}
