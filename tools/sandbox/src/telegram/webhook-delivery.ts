import { performance } from 'node:perf_hooks';
import { Agent } from 'undici';
import { wholeSeconds, type Clock } from '../clock';
import type { FaultBook } from '../faults';
import type { JsonObject } from '../input';
import type { Random } from '../random';
import type { DeliveryQueue, QueuedUpdate } from './delivery-queue';
import { retryDelayMs } from './retry-schedule';
import { postUpdate, type Webhook, type WebhookAnswer } from './webhook-client';

/** After so long of nothing but 410, Telegram takes the webhook away. */
const GONE_SECONDS = 23 * 3600;

export interface DeliveryHooks {
  /** A 2xx answer carried a method call. */
  onCall(call: JsonObject & { readonly method: string }): void;
  /** The receiver answered 410 for 23 h. */
  onGone(): void;
  /** The queue may have become empty. */
  onSettled(): void;
}

export interface LastError {
  /** Unix seconds. */
  readonly date: number;
  readonly message: string;
}

/** Sends what is due to the webhook, up to `maxConnections` at once, and tells the queue what became of it. */
export class WebhookDelivery {
  lastError: LastError | undefined;
  private agent: Agent | undefined;
  private webhook: Webhook | undefined;
  /** Answers of an earlier webhook mean nothing: what was in flight then is sent again. */
  private generation = 0;
  private inFlight = 0;
  private timer: NodeJS.Timeout | undefined;
  private goneSince: number | undefined;

  constructor(
    private readonly queue: DeliveryQueue,
    private readonly clock: Clock,
    private readonly faults: FaultBook,
    private readonly random: Random,
    private readonly hooks: DeliveryHooks,
  ) {}

  start(webhook: Webhook): void {
    this.stop();
    this.webhook = webhook;
    // Opens a connection for each update in flight; how many there are is decided by `wake`.
    this.agent = new Agent();
    this.wake();
  }

  /** Cuts all connections; their updates wait for the next webhook. */
  stop(): void {
    this.generation++;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.webhook = undefined;
    this.lastError = undefined;
    this.goneSince = undefined;
    this.inFlight = 0;
    this.queue.releaseInFlight(performance.now());
    // The sends in flight fail by this and are ignored as of an earlier generation.
    void this.agent?.destroy();
    this.agent = undefined;
  }

  /** Sends all that is due; call after each change of the queue. */
  wake(): void {
    const { webhook, agent } = this;
    if (!webhook || !agent) return;
    while (this.inFlight < webhook.maxConnections) {
      const update = this.queue.take(performance.now(), wholeSeconds(this.clock));
      if (!update) break;
      this.inFlight++;
      void this.send(agent, webhook, update);
    }
    clearTimeout(this.timer);
    const dueAt = this.inFlight < webhook.maxConnections ? this.queue.nextDueAt() : undefined;
    if (dueAt !== undefined)
      this.timer = setTimeout(() => this.wake(), Math.max(0, dueAt - performance.now()));
    if (this.queue.size === 0) this.hooks.onSettled();
  }

  private async send(agent: Agent, webhook: Webhook, update: QueuedUpdate): Promise<void> {
    const { generation } = this;
    const answer = await postUpdate(agent, webhook, update.body, this.faults.telegram.webhookTimeoutMs);
    if (generation !== this.generation) return;
    this.inFlight--;
    this.settle(update, answer);
    this.wake();
  }

  private settle(update: QueuedUpdate, answer: WebhookAnswer): void {
    const { redeliverShare, retryScale } = this.faults.telegram;
    if (answer.kind === 'acknowledged') {
      this.goneSince = undefined;
      this.queue.acknowledged(update, performance.now(), this.random.chance(redeliverShare));
      if (answer.call) this.hooks.onCall(answer.call);
      return;
    }
    const now = wholeSeconds(this.clock);
    this.lastError = { date: now, message: answer.message };
    this.queue.failed(
      update,
      performance.now(),
      (failures) => (answer.retryAfterMs ?? retryDelayMs(failures, this.random.next())) * retryScale,
    );
    this.goneSince = answer.status === 410 ? (this.goneSince ?? now) : undefined;
    if (this.goneSince !== undefined && now - this.goneSince >= GONE_SECONDS) this.hooks.onGone();
  }
}
