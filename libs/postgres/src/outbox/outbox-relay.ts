import { setTimeout as sleep } from 'node:timers/promises';
import type { HealthResult, Random } from '@clickjoin/service-kit';
import { Logger } from '@nestjs/common';
import type { DatabaseSettings } from '../database/database-settings';
import type { OutboxRecord } from './outbox';
import type { OutboxMetrics } from './outbox-metrics';
import type { OutboxSignal } from './outbox-signal';
import { RelaySession } from './relay-session';

/** What the relay needs of a publisher: it returns when every record is acknowledged, and keeps their order by key. */
export interface OutboxPublisher {
  publishAll(records: readonly OutboxRecord[], options?: { readonly deadlineMs?: number }): Promise<void>;
}

export interface RelayOptions {
  /** Rows a batch at most. */
  readonly batchSize?: number;
  /** How often to look without a wake-up, and how soon to take over at worst. */
  readonly pollMs?: number;
  /** How long `stop` waits for a batch that Kafka doesn't acknowledge. */
  readonly drainMs?: number;
  /** From when on a batch that Kafka doesn't acknowledge shows in the health; 5 s without it. */
  readonly lateAfterMs?: number;
  /** Longest statement; 30 s without it. */
  readonly statementTimeoutMs?: number;
}

/**
 * Longer than Kafka's client holds on to a batch (30 s, and a request that is out then), or the same rows would queue
 * up behind themselves while Kafka is slow. Shorter than the session may be idle (60 s), or the lock would be gone.
 */
const PUBLISH_DEADLINE_MS = 45_000;

const BACKOFF_MS = { first: 100, longest: 2_000 } as const;

/**
 * Moves outbox rows to Kafka in order, one relay at a time over all instances. A row goes after its acknowledgement,
 * so none is lost; a crash between the two publishes it again, so consumers know a record by its id. A record that
 * Kafka never takes holds back all behind it: skipping one would be a loss nobody decided on.
 */
export class OutboxRelay {
  private readonly logger = new Logger('OutboxRelay');
  private readonly stopping = new AbortController();
  private readonly batchSize: number;
  private readonly pollMs: number;
  private readonly drainMs: number;
  private readonly lateAfterMs: number;
  private readonly statementTimeoutMs: number;
  private running: Promise<void> | undefined;
  private session: RelaySession | undefined;
  private leads = false;
  private failingSince: number | undefined;
  private publishingSince: number | undefined;
  private attempts = 0;

  constructor(
    private readonly settings: DatabaseSettings,
    private readonly publisher: OutboxPublisher,
    private readonly signal: OutboxSignal,
    private readonly metrics: OutboxMetrics,
    private readonly random: Random,
    {
      batchSize = 500,
      pollMs = 1_000,
      drainMs = 8_000,
      lateAfterMs = 5_000,
      statementTimeoutMs = 30_000,
    }: RelayOptions = {},
  ) {
    this.batchSize = batchSize;
    this.pollMs = pollMs;
    this.drainMs = drainMs;
    this.lateAfterMs = lateAfterMs;
    this.statementTimeoutMs = statementTimeoutMs;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Finishes the batch in hand. Rows that are left go at the next start, or by another instance. */
  async stop(): Promise<void> {
    this.stopping.abort();
    const deadline = new AbortController();
    const late = sleep(this.drainMs, 'late' as const, { signal: deadline.signal }).catch(
      () => 'in time' as const,
    );
    const outcome = await Promise.race([this.running, late]);
    deadline.abort();
    if (outcome === 'late') {
      this.logger.warn('the last batch is not acknowledged; it will be published again');
      // Lets go of the lock, so that another instance needn't wait for this process to end.
      await this.session?.close();
    }
  }

  health(): HealthResult {
    const isLate =
      this.publishingSince !== undefined && performance.now() - this.publishingSince > this.lateAfterMs;
    const since = this.failingSince ?? (isLate ? this.publishingSince : undefined);
    if (since !== undefined) {
      const seconds = Math.round((performance.now() - since) / 1_000);
      // The service itself does its work, which is safe in the outbox.
      return { status: 'degraded', detail: `nothing could be relayed for ${seconds} s` };
    }
    return { status: 'up', detail: this.leads ? 'relays' : 'stands by' };
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await this.serveOneSession();
      } catch (error) {
        await this.failed(error, 'the outbox relay lost its database connection');
      }
    }
  }

  private async serveOneSession(): Promise<void> {
    const session = await RelaySession.open(this.settings, () => this.signal.wake(), this.statementTimeoutMs);
    this.session = session;
    const over = AbortSignal.any([this.stopping.signal, session.lost]);
    try {
      while (!over.aborted && !(await session.tryLead())) {
        // Standing by is no failure: the one who leads has its own health.
        this.succeeded();
        await this.signal.wait(this.pollMs, over);
      }
      if (!over.aborted) this.lead(true);
      while (!over.aborted) {
        const moved = await this.moveBatch(session);
        if (moved < this.batchSize) await this.signal.wait(this.pollMs, over);
      }
    } finally {
      this.lead(false);
      await session.close();
    }
    if (!this.stopping.signal.aborted) throw new Error('the connection with the lock is gone');
  }

  /** @returns how many rows reached Kafka. */
  private async moveBatch(session: RelaySession): Promise<number> {
    const rows = await session.read(this.batchSize);
    if (rows.length > 0) {
      try {
        this.publishingSince = performance.now();
        await this.publisher.publishAll(
          rows.map(({ topic, key, value, headers }) => ({ topic, key, value, headers })),
          { deadlineMs: PUBLISH_DEADLINE_MS },
        );
      } catch (error) {
        this.metrics.failures.inc();
        await this.failed(error, 'Kafka did not take a batch of the outbox');
        // From the same row again: whoever comes later must not overtake.
        return this.batchSize;
      } finally {
        this.publishingSince = undefined;
      }
      this.metrics.published.inc(rows.length);
      await session.remove(rows);
    }
    this.succeeded();
    return rows.length;
  }

  private lead(leads: boolean): void {
    if (leads !== this.leads) this.logger.debug(leads ? 'relays' : 'relays no more');
    this.leads = leads;
    this.signal.leaderIsHere = leads;
    this.metrics.leads.set(leads ? 1 : 0);
  }

  private succeeded(): void {
    if (this.failingSince !== undefined) this.logger.log('the outbox moves again');
    this.failingSince = undefined;
    this.attempts = 0;
  }

  /** Says so once, then waits with full jitter, longer each time, until it works or the service stops. */
  private async failed(error: unknown, what: string): Promise<void> {
    if (this.failingSince === undefined) this.logger.warn({ err: error }, what);
    this.failingSince ??= performance.now();
    this.attempts += 1;
    const ceilingMs = Math.min(BACKOFF_MS.longest, BACKOFF_MS.first * 2 ** Math.min(this.attempts, 16));
    await this.pause(this.random() * ceilingMs);
  }

  private async pause(durationMs: number): Promise<void> {
    try {
      await sleep(durationMs, undefined, { signal: this.stopping.signal });
    } catch {
      // The service stops: no reason to wait any longer.
    }
  }
}
