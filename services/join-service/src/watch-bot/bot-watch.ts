import { createHash } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { BotChecked, Clock, UpdateSource } from '@clickjoin/contracts';
import { WakeUp } from '@clickjoin/service-kit';
import {
  type TelegramClient,
  TelegramRefused,
  TelegramThrottled,
  type WebhookInfo,
  type WebhookSettings,
} from '@clickjoin/telegram';
import type { Bot, BotLookup } from '../bots/bot-directory';
import type { JoinMetrics } from '../metrics';
import { type Finding, problemsOf } from './bot-problems';
import { Takeovers } from './takeovers';
import { driftOf } from './webhook-drift';

const FIRST_RETRY_MS = 1_000;
/** A removed bot's token may be revoked, or its owner may have moved on: no reason to try for ever. */
const REMOVAL_TRIES = 5;
const MESSAGE_MAX_LENGTH = 2_000;

export interface WatchOptions {
  readonly botId: string;
  readonly find: () => BotLookup;
  readonly telegram: Pick<TelegramClient, 'getWebhookInfo' | 'setWebhook' | 'deleteWebhook'>;
  readonly sourceOf: (bot: Bot) => UpdateSource;
  /** Undefined where this installation has no public address. */
  readonly settingsFor: (bot: Bot) => WebhookSettings | undefined;
  /** Whether this instance polls, if one does: only that one takes a webhook away that is in its way. */
  readonly polls: () => boolean;
  readonly lastUpdateAt: () => number | undefined;
  readonly report: (state: Omit<BotChecked, 'checkedAt'>) => Promise<void>;
  readonly metrics: JoinMetrics;
  readonly clock: Clock;
  /** Ends the calls that are out: a look at a bot is not worth a slow shutdown, and is done again at start. */
  readonly stopping: AbortSignal;
  readonly checkMs: number;
}

/** Keeps one bot's updates coming, from now until the bot is removed or the service stops, and says how that goes. */
export class BotWatch {
  private readonly logger = new Logger(BotWatch.name);
  private readonly wakeUp = new WakeUp();
  private readonly takeovers = new Takeovers();
  /** The last of its secrets that opened: needed once more when the bot is gone from the settings. */
  private bot: Bot | undefined;
  /** What this run has set, as a digest; undefined when it doesn't know what is set. */
  private setByThisRun: string | undefined;
  private pendingBefore = 0;
  private lastErrorSeconds = 0;
  private failures = 0;
  private pollWasRefused = false;
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

  /** The bot was changed or removed, or its poller has met something. */
  changed(): void {
    this.failures = 0;
    this.wakeUp.now();
  }

  /** Telegram has refused a poll since a webhook is set, or somebody else polls: the next look tells which. */
  pollRefused(): void {
    this.pollWasRefused = true;
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
      const info = await this.options.telegram.getWebhookInfo(lookup.bot.token, {
        signal: this.options.stopping,
      });
      // Removed or changed while Telegram was asked: nothing more is to be set or deleted for what it was.
      if (!this.isStill(lookup.bot)) return 0;
      metrics.webhookPending.set({ bot: botId }, info.pendingUpdateCount);
      this.noteLastError(info);
      await this.repair(lookup.bot, info);
      await this.report(lookup.bot, { kind: 'looked', info });
      this.pendingBefore = info.pendingUpdateCount;
      this.failures = 0;
      this.trouble = undefined;
      return checkMs;
    } catch (error) {
      await this.report(lookup.bot, findingOf(error));
      return this.waitAfter(error);
    }
  }

  private isStill(bot: Bot): boolean {
    const lookup = this.options.find();
    return lookup.kind === 'known' && lookup.bot === bot;
  }

  private async report(bot: Bot, finding: Finding | undefined): Promise<void> {
    // A pause that Telegram asks for says nothing about how updates come in.
    if (finding === undefined) return;
    const { clock, sourceOf, settingsFor, lastUpdateAt, report } = this.options;
    const nowMs = clock.now();
    const updatesBy = sourceOf(bot);
    const lastUpdateAtMs = lastUpdateAt();
    const info = finding.kind === 'looked' ? finding.info : undefined;
    const message = finding.kind === 'looked' ? info?.lastError?.message : finding.message;
    const errorAtMs = info?.lastError === undefined ? undefined : info.lastError.dateSeconds * 1_000;
    await report({
      botId: bot.botId,
      updatesBy,
      problems: [
        ...problemsOf({
          finding,
          updatesBy,
          hasAddress: settingsFor(bot) !== undefined,
          takeovers: this.takeovers.count(nowMs),
          pendingBefore: this.pendingBefore,
          lastUpdateAtMs,
          nowMs,
        }),
      ],
      ...(info === undefined ? {} : { pendingUpdates: Math.max(0, info.pendingUpdateCount) }),
      ...(message === undefined ? {} : { message: message.slice(0, MESSAGE_MAX_LENGTH) }),
      ...(errorAtMs === undefined ? {} : { lastErrorAt: new Date(errorAtMs).toISOString() }),
      ...(lastUpdateAtMs === undefined ? {} : { lastUpdateAt: new Date(lastUpdateAtMs).toISOString() }),
    });
  }

  private async repair(bot: Bot, info: WebhookInfo): Promise<void> {
    if (this.options.sourceOf(bot) === 'long-polling') await this.clearForPolling(bot, info);
    else await this.repairWebhook(bot, info);
  }

  /** Telegram refuses polls while a webhook is set. What waits is kept, and polled for. */
  private async clearForPolling(bot: Bot, { url }: WebhookInfo): Promise<void> {
    const { botId, telegram, metrics, clock, polls, stopping } = this.options;
    const wasCleared = this.setByThisRun === POLLING;
    const wasRefused = this.pollWasRefused;
    this.pollWasRefused = false;
    if (url === '') {
      if (polls()) this.setByThisRun = POLLING;
      if (wasRefused) this.takeovers.happened(clock.now());
      metrics.webhookChecks.inc({ result: 'as-it-should-be' });
      return;
    }
    if (!polls()) return;
    if (wasCleared) this.takeovers.happened(clock.now());
    await telegram.deleteWebhook(bot.token, { signal: stopping });
    this.setByThisRun = POLLING;
    metrics.webhookChecks.inc({ result: 'deleted' });
    this.logger.log({ botId, url }, 'webhook deleted: its updates are polled for');
  }

  private async repairWebhook(bot: Bot, info: WebhookInfo): Promise<void> {
    const { botId, telegram, settingsFor, metrics, clock, stopping } = this.options;
    const wanted = settingsFor(bot);
    // Without an address of ours, somebody else's webhook may be that of a gateway which forwards to us.
    if (wanted === undefined) return;
    const fingerprint = fingerprintOf(bot, wanted);
    const isSetByThisRun = this.setByThisRun === fingerprint;
    const drifts = driftOf(info, wanted, isSetByThisRun);
    if (drifts.length === 0) {
      metrics.webhookChecks.inc({ result: 'as-it-should-be' });
      return;
    }
    if (isSetByThisRun && drifts.includes('url')) this.takeovers.happened(clock.now());
    // An answer that gets lost leaves open what is set now.
    this.setByThisRun = undefined;
    await telegram.setWebhook(bot.token, wanted, { signal: stopping });
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
    this.logger.warn(
      { botId, reason: this.trouble },
      'the bot could not be looked at, or its webhook not set',
    );
    if (error instanceof TelegramThrottled) {
      metrics.webhookChecks.inc({ result: 'throttled' });
      return Math.max(backoffMs, error.retryAfterMs);
    }
    metrics.webhookChecks.inc({ result: error instanceof TelegramRefused ? 'refused' : 'unavailable' });
    return backoffMs;
  }

  /** Otherwise Telegram would deliver to an address that says 404, for a day and for each new update. */
  private async leave(): Promise<void> {
    const { botId, find, telegram, settingsFor, metrics, stopping: signal } = this.options;
    const { bot } = this;
    metrics.webhookPending.remove({ bot: botId });
    const ours = bot === undefined ? undefined : settingsFor(bot);
    if (bot === undefined || ours === undefined) return;
    for (let tries = 1; tries <= REMOVAL_TRIES && !this.stopped; tries += 1) {
      try {
        // Whoever else uses the bot now has set a webhook of its own.
        const { url } = await telegram.getWebhookInfo(bot.token, { signal });
        // Added again meanwhile: a new watch follows, and the webhook is to stay.
        if (find().kind !== 'unknown') return;
        if (url === ours.url) await telegram.deleteWebhook(bot.token, { signal });
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

/** In the place of a webhook's digest: this run has made way for polls. */
const POLLING = 'long-polling';

const fingerprintOf = ({ token }: Bot, wanted: WebhookSettings): string =>
  createHash('sha256')
    .update(JSON.stringify([token, wanted]))
    .digest('hex');

function findingOf(error: unknown): Finding | undefined {
  if (error instanceof TelegramThrottled) return undefined;
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof TelegramRefused)) return { kind: 'unreachable', message };
  // setWebhook refuses an address with 400: that is no fault of the token's.
  return error.isAboutToken ? { kind: 'token-refused', message } : { kind: 'address-refused', message };
}
