import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { topics, type ChannelConfigured, type Clock, type PixelConfigured } from '@clickjoin/contracts';
import { InjectTable, type SettingsTable } from '@clickjoin/kafka';
import { Outbox } from '@clickjoin/postgres';
import { CLOCK, RANDOM, type Random } from '@clickjoin/service-kit';
import { DataSource, type EntityManager } from 'typeorm';
import { buildRequest, type TikTokRequest } from '../build-request/build-request';
import { DispatcherConfig } from '../config';
import { deliveryUpdated } from '../delivery/delivery-updated';
import { DispatcherMetrics } from '../metrics';
import { pausePixel } from '../pause-pixel/pixel-pauses.store';
import { refusalToSend, settle, type RetryRules } from '../retry-policy/retry-policy';
import { rulesOf } from '../retry-policy/rules-of';
import { judge, type Answer } from '../verdict/judge';
import {
  endUnsent,
  lockDue,
  startAttempts,
  waitUntilDue,
  type AttemptStart,
  type DueDelivery,
  type PixelSlots,
  type UnsentEnd,
} from './claim.store';
import type { ClaimedDelivery, SettledAttempt } from './claimed-delivery';
import { attemptOf, lockLapsed, settleAttempts } from './settle.store';

/** An attempt that has ended, one way or the other. */
export interface FinishedAttempt {
  readonly claimed: ClaimedDelivery;
  readonly answer: Answer;
  readonly endedAt: number;
}

/** What came of taking due deliveries. */
export interface Claim {
  readonly claimed: readonly ClaimedDelivery[];
  /** How many were ended instead. They filled places, so others may be due behind them. */
  readonly ended: number;
}

const LAPSED_CHUNK = 100;

/** The attempts' side of the database: each step is one transaction, with what it tells the world in the outbox. */
@Injectable()
export class Attempts {
  private readonly logger = new Logger(Attempts.name);
  private readonly rules: RetryRules;
  private readonly leaseMs: number;
  private readonly restoredAt: number;

  constructor(
    private readonly dataSource: DataSource,
    private readonly outbox: Outbox,
    private readonly metrics: DispatcherMetrics,
    config: DispatcherConfig,
    @InjectTable(topics.pixel) private readonly pixels: SettingsTable<PixelConfigured>,
    @InjectTable(topics.channel) private readonly channels: SettingsTable<ChannelConfigured>,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {
    this.rules = rulesOf(config);
    this.leaseMs = config.requestTimeoutMs + config.leaseMarginMs;
    this.restoredAt = Date.parse(config.holdConversionsLoggedBefore);
  }

  /**
   * Takes due deliveries for this process, and ends those that must not be sent any more.
   * @param total of all pixels together
   */
  async claim(slots: readonly PixelSlots[], total: number): Promise<Claim> {
    if (slots.length === 0 || total <= 0) return { claimed: [], ended: 0 };
    return this.dataSource.transaction(async (tx) => {
      const due = await lockDue(tx, slots, total, this.clock.now(), this.restoredAt);
      if (due.length === 0) return { claimed: [], ended: 0 };
      // After the locks: waiting for them must not make an attempt look older than it is.
      const now = this.clock.now();
      const claimed: ClaimedDelivery[] = [];
      const starts: AttemptStart[] = [];
      const ends: UnsentEnd[] = [];
      for (const delivery of due) {
        const decision = this.decide(delivery, now);
        if (decision.kind === 'end') {
          ends.push({ deliveryId: delivery.deliveryId, state: decision.state, note: decision.note });
          continue;
        }
        starts.push({ ...decision.claimed, request: decision.request });
        claimed.push(decision.claimed);
      }
      await startAttempts(tx, starts, now, this.leaseMs);
      const ended = await endUnsent(tx, ends, now);
      await this.outbox.add(
        tx,
        ended.map((row) => deliveryUpdated(row)),
      );
      for (const { state } of ended) this.metrics.states.inc({ state });
      return { claimed, ended: ended.length };
    });
  }

  /** Writes down what came of attempts. May be repeated after an error: the lease tokens see to that. */
  async settle(finished: readonly FinishedAttempt[]): Promise<void> {
    if (finished.length === 0) return;
    const settled = finished.map(({ claimed, answer, endedAt }): SettledAttempt => {
      const judgement = judge(answer);
      const { deliveryId, leaseToken, attempt, startedAt, pixel } = claimed;
      return {
        deliveryId,
        leaseToken,
        pixelId: pixel.pixelId,
        settingsVersion: pixel.version,
        attempt,
        startedAt,
        endedAt,
        joinedAt: claimed.joinedAt,
        judgement,
        settlement: settle(
          { ...claimed, attempts: attempt },
          judgement,
          startedAt,
          this.clock.now(),
          this.rules,
          this.random(),
        ),
      };
    });
    const moved = await this.dataSource.transaction((tx) => this.write(tx, settled));
    for (const one of settled) this.report(one, moved.has(one.deliveryId));
  }

  /**
   * Attempts whose worker is gone: TikTok may have got them.
   * @returns whether there may be more
   */
  async recoverLapsed(): Promise<boolean> {
    const now = this.clock.now();
    const settled = await this.dataSource.transaction(async (tx) => {
      const judgement = judge({ kind: 'interrupted' });
      const lapsed = (await lockLapsed(tx, LAPSED_CHUNK)).map((delivery): SettledAttempt => ({
        ...delivery,
        settingsVersion: undefined,
        endedAt: now,
        judgement,
        settlement: settle(
          { ...delivery, attempts: delivery.attempt },
          judgement,
          delivery.startedAt,
          now,
          this.rules,
          this.random(),
        ),
      }));
      if (lapsed.length > 0) await this.write(tx, lapsed);
      return lapsed;
    });
    for (const one of settled) {
      this.metrics.interrupted.inc();
      this.report(one, true);
    }
    return settled.length === LAPSED_CHUNK;
  }

  /** Milliseconds until something is due that isn't now; undefined when nothing waits. */
  async waitUntilDue(): Promise<number | undefined> {
    return waitUntilDue(this.dataSource.manager, this.clock.now());
  }

  private decide(
    { deliveryId, pixelId, attempts, joinedAt, firstUnknownAt, content }: DueDelivery,
    now: number,
  ):
    | { readonly kind: 'end'; readonly state: UnsentEnd['state']; readonly note: string | undefined }
    | {
        readonly kind: 'send';
        readonly claimed: ClaimedDelivery;
        readonly request: TikTokRequest | undefined;
      } {
    const refusal = refusalToSend({ attempts, joinedAt, firstUnknownAt }, now, this.rules);
    if (refusal !== undefined) return { kind: 'end', state: refusal.state, note: refusal.note };
    const pixel = this.pixels.get(pixelId);
    if (pixel === undefined) throw new Error(`pixel ${pixelId} was claimed for, and is not in the settings`);

    let request: TikTokRequest | undefined;
    if (content.kind === 'facts') {
      const built = buildRequest(content.conversion, this.channels.get(content.conversion.chatId), pixel);
      if (!built.ok) return { kind: 'end', state: 'rejected', note: built.explanation };
      request = built.request;
      for (const warning of request.warnings) {
        this.metrics.warnings.inc({ warning });
        this.logger.warn({ deliveryId, warning }, 'a fact of the visitor was left out of the event');
      }
    }
    const { path, body } = request ?? (content.kind === 'frozen' ? content : { path: '', body: '' });
    const claimed = {
      deliveryId,
      leaseToken: randomUUID(),
      pixel,
      attempt: attempts + 1,
      startedAt: now,
      joinedAt,
      firstUnknownAt,
      path,
      body,
    };
    return { kind: 'send', claimed, request };
  }

  private async write(tx: EntityManager, settled: readonly SettledAttempt[]): Promise<ReadonlySet<string>> {
    const now = this.clock.now();
    const rows = await settleAttempts(tx, settled, now);
    const byId = new Map(settled.map((one) => [one.deliveryId, one]));
    await this.outbox.add(
      tx,
      rows.map((row) => {
        const one = byId.get(row.delivery_id);
        return deliveryUpdated(row, one && attemptOf(one));
      }),
    );
    for (const { pixelId, settingsVersion, judgement } of settled) {
      if (judgement.verdict !== 'refused' || settingsVersion === undefined) continue;
      await pausePixel(tx, { pixelId, settingsVersion, cause: 'refused' }, judgement.explanation, now);
    }
    return new Set(rows.map(({ delivery_id }) => delivery_id));
  }

  private report(
    { deliveryId, pixelId, attempt, startedAt, endedAt, joinedAt, judgement, settlement }: SettledAttempt,
    isMoved: boolean,
  ): void {
    const { verdict, code, httpStatus, explanation } = judgement;
    this.metrics.attempts.inc({ verdict });
    this.metrics.attemptSeconds.observe(Math.max(0, endedAt - startedAt) / 1000);
    // Never TikTok's message: it may quote the event, personal data and all.
    const facts = { deliveryId, pixelId, attempt, verdict, code, httpStatus, state: settlement.state };
    if (!isMoved) {
      this.metrics.leasesLost.inc();
      this.logger.warn(facts, 'an answer came after the lease had run out');
      return;
    }
    this.metrics.states.inc({ state: settlement.state });
    if (verdict === 'refused') this.metrics.refusals.inc();
    if (verdict !== 'accepted') {
      this.logger.warn(facts, explanation);
      return;
    }
    this.metrics.joinToAcceptedSeconds.observe(Math.max(0, endedAt - joinedAt) / 1000);
    this.logger.debug(facts, explanation);
  }
}
