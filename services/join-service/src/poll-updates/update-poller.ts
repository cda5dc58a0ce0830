import { Logger } from '@nestjs/common';
import type { Clock } from '@clickjoin/contracts';
import { Retriable } from '@clickjoin/kafka';
import { WakeUp } from '@clickjoin/service-kit';
import { type RawUpdate, type TelegramClient, TelegramRefused, TelegramThrottled } from '@clickjoin/telegram';
import type { Bot } from '../bots/bot-directory';
import type { FollowUpResult } from '../follow-up/follow-up-runner';
import type { JoinMetrics } from '../metrics';
import { receivedOf } from '../receive-update/read-updates';
import type { UpdateIntake } from '../receive-update/update-intake';
import { ALLOWED_UPDATES } from '../watch-bot/webhook-drift';

export interface PollerOptions {
  readonly botId: string;
  /** The bot, while this instance is to poll for it; undefined otherwise. */
  readonly find: () => Bot | undefined;
  readonly telegram: Pick<TelegramClient, 'getUpdates'>;
  readonly intake: Pick<UpdateIntake, 'takeAll' | 'followUpAll'>;
  /** Telegram says that a webhook is set, or that somebody else polls. */
  readonly onConflict: () => void;
  readonly metrics: JoinMetrics;
  readonly clock: Clock;
  readonly waitSeconds: number;
}

/** Telegram's limit. */
const BATCH = 100;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
const IDLE_MS = 60_000;
/** Between two looks at what waits behind an update that is not done yet. */
const PENDING_PAUSE_MS = 1_000;
/** Polls come in one order, so what is not done holds up all that follows a hundred later: at some time it is let go. */
const PATIENCE_MS = 2 * 60_000;
const CONFIRM_TIMEOUT_MS = 2_000;

/** Polls for one bot's updates. What was polled is confirmed only when the log has it. */
export class UpdatePoller {
  private readonly logger = new Logger(UpdatePoller.name);
  private readonly wakeUp = new WakeUp();
  /**
   * The first update not done yet, if any was. Not kept once Telegram has nothing more: its numbers start anew at random
   * after a quiet week, and an old offset would then confirm what nobody has seen (reference/telegram-bot-api.md §3).
   */
  private offset: number | undefined;
  /** Those after it that are done. */
  private readonly done = new Set<number>();
  /** Those that are in the log, while what they ask for is not done yet; with the time since when. */
  private readonly pendingSinceMs = new Map<number, number>();
  private failures = 0;
  private stopped = false;
  private readonly abort = { current: new AbortController() };

  constructor(private readonly options: PollerOptions) {}

  /** Whether to poll, or with which token, may have changed. */
  changed(): void {
    this.abort.current.abort();
    this.wakeUp.now();
  }

  /** What is being stored is stored; the poll that is out ends. */
  stop(): void {
    this.stopped = true;
    this.changed();
  }

  /** Ends after `stop`. Never rejects. */
  async run(): Promise<void> {
    let polledFor: Bot | undefined;
    while (!this.stopped) {
      const bot = this.options.find();
      if (bot === undefined) {
        if (polledFor !== undefined) await this.confirm(polledFor);
        polledFor = undefined;
        await this.wakeUp.within(IDLE_MS);
        continue;
      }
      polledFor = bot;
      await this.wakeUp.within(await this.pollOnce(bot));
    }
    if (polledFor !== undefined) await this.confirm(polledFor);
  }

  /** @returns milliseconds until the next poll */
  private async pollOnce(bot: Bot): Promise<number> {
    const { telegram, metrics, waitSeconds } = this.options;
    this.abort.current = new AbortController();
    try {
      const updates = await telegram.getUpdates(
        bot.token,
        { offset: this.offset, limit: BATCH, waitSeconds, allowedUpdates: ALLOWED_UPDATES },
        { signal: this.abort.current.signal },
      );
      metrics.polls.inc({ result: updates.length === 0 ? 'nothing' : 'updates' });
      this.failures = 0;
      return await this.take(updates);
    } catch (error) {
      return this.waitAfter(error);
    }
  }

  private async take(updates: readonly RawUpdate[]): Promise<number> {
    const { botId, intake } = this.options;
    const isPending = ({ update_id: id }: RawUpdate): boolean => this.pendingSinceMs.has(id);
    const pending = updates.filter(isPending);
    const fresh = updates.filter((update) => !this.done.has(update.update_id) && !isPending(update));
    this.note(fresh, await intake.takeAll(botId, fresh.map(receivedOf), false));
    this.note(pending, await intake.followUpAll(botId, pending.map(receivedOf)));
    this.dropOverdue();
    return this.moveOn(updates);
  }

  private note(updates: readonly RawUpdate[], results: readonly FollowUpResult[]): void {
    const nowMs = this.options.clock.now();
    updates.forEach(({ update_id: id }, index) => {
      if (results[index]?.kind !== 'done') {
        if (!this.pendingSinceMs.has(id)) this.pendingSinceMs.set(id, nowMs);
        return;
      }
      this.pendingSinceMs.delete(id);
      this.done.add(id);
    });
  }

  /** All at once: one after the other, each would hold up the rest for as long again. */
  private dropOverdue(): void {
    const { botId, clock, metrics } = this.options;
    const nowMs = clock.now();
    const overdue = [...this.pendingSinceMs].filter(([, sinceMs]) => nowMs - sinceMs >= PATIENCE_MS);
    if (overdue.length === 0) return;
    const updateIds = overdue.map(([id]) => id);
    this.logger.warn(
      { botId, updateIds },
      'what updates ask for could not be done for too long: they are left, since others wait behind them',
    );
    metrics.followUps.inc({ kind: 'any', result: 'dropped' }, updateIds.length);
    for (const id of updateIds) {
      this.pendingSinceMs.delete(id);
      this.done.add(id);
    }
  }

  private moveOn(updates: readonly RawUpdate[]): number {
    const first = updates.find(({ update_id: id }) => !this.done.has(id));
    if (first === undefined) {
      this.forget();
      const last = updates.at(-1);
      this.offset = last === undefined ? undefined : last.update_id + 1;
      return 0;
    }
    this.offset = first.update_id;
    for (const id of this.done) if (id < first.update_id) this.done.delete(id);
    for (const id of this.pendingSinceMs.keys()) if (id < first.update_id) this.pendingSinceMs.delete(id);
    return PENDING_PAUSE_MS;
  }

  private forget(): void {
    this.done.clear();
    this.pendingSinceMs.clear();
  }

  /** Otherwise whoever polls next would get again what is in the log already. Harmless, but for nothing. */
  private async confirm(bot: Bot): Promise<void> {
    const { offset } = this;
    this.offset = undefined;
    this.forget();
    if (offset === undefined) return;
    try {
      await this.options.telegram.getUpdates(
        bot.token,
        { offset, limit: 1, waitSeconds: 0, allowedUpdates: ALLOWED_UPDATES },
        { timeoutMs: CONFIRM_TIMEOUT_MS },
      );
    } catch (error) {
      this.logger.debug({ botId: bot.botId, reason: String(error) }, 'the last updates were not confirmed');
    }
  }

  private waitAfter(error: unknown): number {
    const { botId, metrics, onConflict } = this.options;
    // A poll that was ended because something has changed.
    if (this.abort.current.signal.aborted) return 0;
    const backoffMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.failures);
    this.failures += 1;
    if (error instanceof Retriable) {
      metrics.polls.inc({ result: 'not-stored' });
      return Math.max(backoffMs, error.retryAfterMs ?? 0);
    }
    if (error instanceof TelegramThrottled) {
      metrics.polls.inc({ result: 'throttled' });
      return Math.max(backoffMs, error.retryAfterMs);
    }
    this.logger.warn({ botId, reason: String(error) }, 'a poll failed');
    if (!(error instanceof TelegramRefused)) {
      metrics.polls.inc({ result: 'unavailable' });
      return backoffMs;
    }
    metrics.polls.inc({ result: error.isConflict ? 'conflict' : 'refused' });
    if (error.isConflict) onConflict();
    return backoffMs;
  }
}
