import { createHash } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { WakeUp } from '@clickjoin/service-kit';
import {
  TelegramRefused,
  TelegramThrottled,
  type TelegramClient,
  type WebhookInfo,
  type WebhookSettings,
} from '@clickjoin/telegram';
import type { Bot, BotLookup } from '../bots/bot-directory';
import type { JoinMetrics } from '../metrics';
import { driftOf } from './webhook-drift';

const FIRST_RETRY_MS = 1_000;
/** A removed bot's token may be revoked, or its owner may have moved on: no reason to try for ever. */
const REMOVAL_TRIES = 5;

export interface WatchOptions {
  readonly botId: string;
  readonly find: () => BotLookup;
  readonly telegram: Pick<TelegramClient, 'getWebhookInfo' | 'setWebhook' | 'deleteWebhook'>;
  readonly settingsFor: (bot: Bot) => WebhookSettings;
  readonly metrics: JoinMetrics;
  readonly checkMs: number;
}

/** Keeps one bot's webhook as it should be, from now until the bot is removed or the service stops. */
export class WebhookWatch {
  private readonly logger = new Logger(WebhookWatch.name);
  private readonly wakeUp = new WakeUp();
  /** The last of its secrets that opened: needed once more when the bot is gone from the settings. */
  private bot: Bot | undefined;
  /** What this run has set, as a digest; undefined when it doesn't know what is set. */
  private setByThisRun: string | undefined;
  private lastErrorSeconds = 0;
  private failures = 0;
  private stopped = false;
  private trouble: string | undefined;

  constructor(private readonly options: WatchOptions) {}

  /** In words for the health report; undefined when all is well. */
  get problem(): string | undefined {
    return this.trouble;
  }

  get isStopped(): boolean {
    return this.stopped;
  }

  /** The bot was changed or removed. */
  changed(): void {
    this.failures = 0;
    this.wakeUp.now();
  }

  stop(): void {
    this.stopped = true;
    this.wakeUp.now();
  }

  /** Ends when the bot is removed, or after `stop`. Never rejects. */
  async run(): Promise<void> {
    while (!this.stopped) {
      const lookup = this.options.find();
      if (lookup.kind === 'unknown') {
        await this.leave();
        return;
      }
      await this.wakeUp.within(await this.look(lookup));
    }
  }

  /** @returns milliseconds until the next look */
  private async look(lookup: Extract<BotLookup, { kind: 'known' | 'sealed' }>): Promise<number> {
    const { botId, metrics, checkMs } = this.options;
    if (lookup.kind === 'sealed') {
      this.trouble = 'its secrets do not open with SECRET_KEYS';
      metrics.webhookChecks.inc({ result: 'sealed' });
      return checkMs;
    }
    this.bot = lookup.bot;
    try {
      const info = await this.options.telegram.getWebhookInfo(lookup.bot.token);
      metrics.webhookPending.set({ bot: botId }, info.pendingUpdateCount);
      this.noteLastError(info);
      await this.repair(lookup.bot, info);
      this.failures = 0;
      this.trouble = undefined;
      return checkMs;
    } catch (error) {
      return this.waitAfter(error);
    }
  }

  private async repair(bot: Bot, info: WebhookInfo): Promise<void> {
    const { botId, telegram, settingsFor, metrics } = this.options;
    const wanted = settingsFor(bot);
    const fingerprint = fingerprintOf(bot, wanted);
    const drifts = driftOf(info, wanted, this.setByThisRun === fingerprint);
    if (drifts.length === 0) {
      metrics.webhookChecks.inc({ result: 'as-it-should-be' });
      return;
    }
    // An answer that gets lost leaves open what is set now.
    this.setByThisRun = undefined;
    await telegram.setWebhook(bot.token, wanted);
    this.setByThisRun = fingerprint;
    metrics.webhookChecks.inc({ result: 'set' });
    this.logger.log({ botId, because: drifts, url: wanted.url }, 'webhook set');
  }

  /** Telegram's view of us: a certificate it doesn't accept, a proxy that answers 502. */
  private noteLastError({ lastError, pendingUpdateCount }: WebhookInfo): void {
    if (lastError === undefined || lastError.dateSeconds <= this.lastErrorSeconds) return;
    this.lastErrorSeconds = lastError.dateSeconds;
    this.logger.warn(
      {
        botId: this.options.botId,
        at: new Date(lastError.dateSeconds * 1_000).toISOString(),
        reason: lastError.message,
        pendingUpdateCount,
      },
      'Telegram had trouble to deliver',
    );
  }

  private waitAfter(error: unknown): number {
    const { botId, metrics, checkMs } = this.options;
    const backoffMs = Math.min(checkMs, FIRST_RETRY_MS * 2 ** this.failures);
    this.failures += 1;
    this.trouble = error instanceof Error ? error.message : String(error);
    this.logger.warn({ botId, reason: this.trouble }, 'the webhook could not be checked or set');
    if (error instanceof TelegramThrottled) {
      metrics.webhookChecks.inc({ result: 'throttled' });
      return Math.max(backoffMs, error.retryAfterMs);
    }
    metrics.webhookChecks.inc({ result: error instanceof TelegramRefused ? 'refused' : 'unavailable' });
    return backoffMs;
  }

  /** Otherwise Telegram would deliver to an address that says 404, for a day and for each new update. */
  private async leave(): Promise<void> {
    const { botId, telegram, settingsFor, metrics } = this.options;
    const { bot } = this;
    metrics.webhookPending.remove({ bot: botId });
    if (bot === undefined) return;
    for (let tries = 1; tries <= REMOVAL_TRIES && !this.stopped; tries += 1) {
      try {
        // Whoever else uses the bot now has set a webhook of its own.
        const { url } = await telegram.getWebhookInfo(bot.token);
        if (url === settingsFor(bot).url) await telegram.deleteWebhook(bot.token);
        this.logger.log({ botId }, 'the bot was removed, and its webhook with it');
        return;
      } catch (error) {
        if (error instanceof TelegramRefused || tries === REMOVAL_TRIES) {
          this.logger.warn({ botId, err: error }, 'the webhook of a removed bot stays at Telegram');
          return;
        }
        await this.wakeUp.within(this.waitAfter(error));
      }
    }
  }
}

const fingerprintOf = ({ token }: Bot, wanted: WebhookSettings): string =>
  createHash('sha256')
    .update(JSON.stringify([token, wanted]))
    .digest('hex');
