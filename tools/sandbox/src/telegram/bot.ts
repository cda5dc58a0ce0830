import { randomInt } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Clock } from '../clock';
import type { FaultBook } from '../faults';
import type { JsonObject } from '../input';
import type { Random } from '../random';
import { changeAllowedUpdates, isAllowed, type AllowedUpdates } from './allowed-updates';
import { conflict } from './api-error';
import { DeliveryQueue } from './delivery-queue';
import { numbered, type Happening } from './updates';
import type { Webhook } from './webhook-client';
import { WebhookDelivery, type LastError } from './webhook-delivery';
import type { Message, User } from './wire';

const DEFAULT_CONNECTIONS = 40;

export interface BotSettings {
  readonly token: string;
  readonly user: User;
}

export interface BotHooks {
  onCall(bot: Bot, call: JsonObject & { readonly method: string }): void;
  onSettled(): void;
}

/** A bot at Telegram: its webhook, its queue of updates, and what it sent. */
export class Bot {
  readonly token: string;
  readonly user: User;
  readonly queue: DeliveryQueue;
  readonly sentMessages: Message[] = [];
  /** Who may be written to: they tapped START, or asked to join a chat of this bot. */
  readonly reachable = new Set<number>();
  webhook: Webhook | undefined;
  allowedUpdates: AllowedUpdates;
  /** Moment of the last setWebhook that changed something, of a clock that never goes back. */
  webhookSetAt = Number.NEGATIVE_INFINITY;
  private readonly delivery: WebhookDelivery;
  private readonly random: Random;
  /** Telegram starts at random, so that nobody takes the numbers for a sequence over bots or restarts. */
  private lastUpdateId = randomInt(2_000_001, 1_000_000_000);
  private lastMessageId = 0;
  private poll: { readonly end: (error?: Error) => void } | undefined;

  constructor(
    { token, user }: BotSettings,
    clock: Clock,
    private readonly faults: FaultBook,
    random: Random,
    private readonly hooks: BotHooks,
  ) {
    this.token = token;
    this.user = user;
    this.random = random;
    // Telegram keeps twice as many queues loaded as it has connections: that many stuck users stop the whole bot.
    this.queue = new DeliveryQueue(() => 2 * (this.webhook?.maxConnections ?? DEFAULT_CONNECTIONS));
    this.delivery = new WebhookDelivery(this.queue, clock, faults, random, {
      onCall: (call) => hooks.onCall(this, call),
      onGone: () => this.removeWebhook(),
      onSettled: () => hooks.onSettled(),
    });
  }

  get lastError(): LastError | undefined {
    return this.delivery.lastError;
  }

  nextMessageId(): number {
    return ++this.lastMessageId;
  }

  /** Queues the update, unless its type is off: then it is gone for good. */
  enqueue(happening: Happening): void {
    if (!isAllowed(this.allowedUpdates, happening.type)) return;
    const { delayShare, delayMaxMs } = this.faults.telegram;
    const delayMs = this.random.chance(delayShare) ? this.random.next() * delayMaxMs : 0;
    this.queue.push(numbered(happening, ++this.lastUpdateId), performance.now(), delayMs);
    this.poll?.end();
    this.delivery.wake();
  }

  changeAllowedUpdates(requested: readonly string[] | undefined): void {
    this.allowedUpdates = changeAllowedUpdates(this.allowedUpdates, requested);
  }

  setWebhook(webhook: Webhook): void {
    this.poll?.end(conflict('terminated by setWebhook request'));
    this.webhook = webhook;
    this.delivery.start(webhook);
  }

  /** `getUpdates` has confirmed all below the number. */
  confirmBelow(updateId: number): void {
    this.queue.confirmBelow(updateId, performance.now());
    this.hooks.onSettled();
  }

  /** As after a week of silence: the next update gets this number. */
  jumpTo(updateId: number): void {
    this.lastUpdateId = updateId - 1;
  }

  removeWebhook(): void {
    this.webhook = undefined;
    this.delivery.stop();
  }

  dropPending(): void {
    this.queue.clear(performance.now());
  }

  /**
   * Waits until something is queued, or the time is up.
   * @throws ApiError 409 when another getUpdates takes over.
   */
  async waitForUpdates(timeoutMs: number): Promise<void> {
    this.endPoll();
    if (this.queue.size > 0 || timeoutMs <= 0) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => this.poll?.end(), timeoutMs);
      const end = (error?: Error): void => {
        clearTimeout(timer);
        this.poll = undefined;
        if (error) reject(error);
        else resolve();
      };
      this.poll = { end };
    });
  }

  private endPoll(): void {
    this.poll?.end(
      conflict('terminated by other getUpdates request; make sure that only one bot instance is running'),
    );
  }

  stop(): void {
    this.poll?.end();
    this.delivery.stop();
  }
}
