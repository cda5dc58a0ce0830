import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Clock, Verdict } from '@clickjoin/contracts';
import { Outbox } from '@clickjoin/postgres';
import { CLOCK, RANDOM, type Random } from '@clickjoin/service-kit';
import { DataSource, type EntityManager } from 'typeorm';
import { DispatcherConfig } from '../config';
import { deliveryUpdated } from '../delivery/delivery-updated';
import { DispatcherMetrics } from '../metrics';
import { PixelPauses } from '../pause-pixel/pixel-pauses';
import { Presence } from '../presence/presence';
import { SendRates } from '../rate-limit/send-rates';
import { settle, type RetryRules } from '../retry-policy/retry-policy';
import { rulesOf } from '../retry-policy/rules-of';
import { AccessTokens } from '../tiktok/access-tokens';
import { judge, type Judgement } from '../verdict/judge';
import { judgeInBatch } from '../verdict/judge-batch';
import type { FinishedRequest, SettledAttempt } from './claimed-request';
import { lockLapsed } from './lapsed.store';
import { attemptOf, settleAttempts } from './settle.store';

/** What TikTok said to a request as a whole. */
export interface SettledRequest {
  readonly finished: FinishedRequest;
  readonly judgement: Judgement;
}

const LAPSED_CHUNK = 100;

/** Writes down what came of requests: one transaction, with what it tells the world in the outbox. */
@Injectable()
export class Settlements {
  private readonly logger = new Logger(Settlements.name);
  private readonly rules: RetryRules;

  constructor(
    private readonly dataSource: DataSource,
    private readonly outbox: Outbox,
    private readonly metrics: DispatcherMetrics,
    private readonly pauses: PixelPauses,
    private readonly presence: Presence,
    private readonly rates: SendRates,
    private readonly tokens: AccessTokens,
    config: DispatcherConfig,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {
    this.rules = rulesOf(config);
  }

  /** May be repeated after an error: the lease tokens see to that. */
  async settle(finished: readonly FinishedRequest[]): Promise<readonly SettledRequest[]> {
    if (finished.length === 0) return [];
    const requests = finished.map((one) => ({ finished: one, judgement: judge(one.answer) }));
    const attempts = requests.flatMap((request) => this.attemptsOf(request));
    const moved = await this.dataSource.transaction(async (tx) => {
      for (const { finished: one, judgement } of requests) {
        const { explanation, code, message } = judgement;
        if (judgement.verdict === 'refused')
          await this.pauses.refuse(tx, one.request.pixel, { explanation, code, message });
      }
      return this.write(tx, attempts);
    });
    for (const { finished: one, judgement } of requests) {
      const isBatch = one.request.deliveries.length > 1;
      this.metrics.requests.inc({ events: isBatch ? 'several' : 'one' });
      if (isBatch && judgement.verdict === 'rejected') this.metrics.bisections.inc();
    }
    for (const attempt of attempts) this.report(attempt, moved.has(attempt.deliveryId));
    return requests;
  }

  /**
   * Attempts whose worker is gone: TikTok may have got them.
   * @returns whether there may be more
   */
  async recoverLapsed(): Promise<boolean> {
    const gone = await this.presence.findGone();
    const now = this.clock.now();
    const judgement = judge({ kind: 'interrupted' });
    const lapsed = await this.dataSource.transaction(async (tx) => {
      const attempts = (await lockLapsed(tx, gone, LAPSED_CHUNK)).map((delivery): SettledAttempt => ({
        ...delivery,
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
      if (attempts.length > 0) await this.write(tx, attempts);
      return attempts;
    });
    for (const attempt of lapsed) {
      this.metrics.interrupted.inc();
      this.report(attempt, true);
    }
    return lapsed.length === LAPSED_CHUNK;
  }

  /** Lets tokens rest that TikTok has throttled, for all instances, until it takes requests with them again. */
  async throttle(settled: readonly SettledRequest[]): Promise<void> {
    const rests = new Map<string, number>();
    const welcome = new Set<string>();
    for (const { finished, judgement } of settled) {
      const { verdict, httpStatus, retryAfterMs } = judgement;
      const digest = this.tokens.digestOf(finished.request.pixel);
      if (verdict === 'accepted') welcome.add(digest);
      if (verdict === 'throttled' || httpStatus === 429 || retryAfterMs !== undefined)
        rests.set(digest, Math.max(retryAfterMs ?? 0, rests.get(digest) ?? 0));
    }
    for (const digest of welcome) if (!rests.has(digest)) await this.rates.relax(digest);
    for (const [digest, ms] of rests) await this.rates.throttle(digest, ms === 0 ? undefined : ms);
  }

  private attemptsOf({ finished, judgement: ofRequest }: SettledRequest): SettledAttempt[] {
    const { request, endedAt } = finished;
    const { pixel, startedAt, deliveries } = request;
    const judgement = judgeInBatch(ofRequest, deliveries.length);
    const now = this.clock.now();
    return deliveries.map((delivery) => ({
      ...delivery,
      pixelId: pixel.pixelId,
      startedAt,
      endedAt,
      judgement,
      settlement: settle(
        { ...delivery, attempts: delivery.attempt },
        judgement,
        startedAt,
        now,
        this.rules,
        this.random(),
      ),
    }));
  }

  private async write(tx: EntityManager, settled: readonly SettledAttempt[]): Promise<ReadonlySet<string>> {
    const rows = await settleAttempts(tx, settled, this.clock.now());
    const byId = new Map(settled.map((one) => [one.deliveryId, one]));
    await this.outbox.add(
      tx,
      rows.map((row) => {
        const one = byId.get(row.delivery_id);
        return deliveryUpdated(row, one && attemptOf(one, row.is_erased));
      }),
    );
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

/** Whether the pixel's way to TikTok works, as far as an answer tells. */
export function isProperAnswer({ finished: { answer }, judgement }: SettledRequest): boolean | undefined {
  if (answer.kind === 'failure' && (answer.failure === 'not-sent' || answer.failure === 'token-unusable'))
    return undefined;
  const bad: readonly Verdict[] = ['failed', 'unknown'];
  return !bad.includes(judgement.verdict);
}
