import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { topics, type Clock, type PixelConfigured } from '@clickjoin/contracts';
import { InjectTable, type SettingsTable } from '@clickjoin/kafka';
import { Outbox } from '@clickjoin/postgres';
import { CLOCK } from '@clickjoin/service-kit';
import { DataSource, type EntityManager } from 'typeorm';
import { holdForChannel } from '../await-channel/awaited-channels.store';
import { KnownChannels } from '../await-channel/known-channels';
import { BATCH_MAX } from '../build-request/write-request';
import { DispatcherConfig } from '../config';
import { deliveryUpdated } from '../delivery/delivery-updated';
import { DispatcherMetrics } from '../metrics';
import { Presence } from '../presence/presence';
import { PERMIT_TOLERANCE_MS } from '../rate-limit/permits';
import { SendRates } from '../rate-limit/send-rates';
import type { RetryRules } from '../retry-policy/retry-policy';
import { rulesOf } from '../retry-policy/rules-of';
import { AccessTokens } from '../tiktok/access-tokens';
import type { Probe } from './bisection';
import { lockApart, lockDue, waitUntilDue, type DueDelivery } from './claim.store';
import type { ClaimedRequest } from './claimed-request';
import { decideStart, type Sendable } from './decide-start';
import { groupRequests } from './group-requests';
import type { PixelSlots } from './pixel-flow';
import { ROWS_PER_PIXEL, rowsWanted } from './rows-wanted';
import { endUnsent, startAttempts } from './start.store';

const ROWS_PER_ROUND = 1_000;
/**
 * With so few free slots and more due than that, answers are slow or permits scarce, and only larger requests help: what
 * the other pixels leave of the round is taken too. With more slots the next round follows at once.
 */
const FEW_SLOTS = 4;
/** A fifth of what a permit may be late: a small round is spared the statement. */
const WORTH_POSTPONING_MS = PERMIT_TOLERANCE_MS / 5;

/** What came of taking due deliveries. */
export interface Claim {
  readonly requests: readonly ClaimedRequest[];
  /** Whether more is due that could have been taken. */
  readonly hasMore: boolean;
  /** Pixels whose rate limit is used up, and for how long. */
  readonly limited: readonly { readonly pixelId: string; readonly ms: number }[];
}

const NOTHING: Claim = { requests: [], hasMore: false, limited: [] };

/** A request of a pixel that may go, but for its permit. */
interface Candidate {
  readonly pixel: PixelConfigured;
  readonly group: readonly Sendable[];
  readonly probe: Probe | undefined;
}

/** Takes deliveries for this process: one transaction leases them, freezes their events and takes their permits. */
@Injectable()
export class Claims {
  private readonly logger = new Logger(Claims.name);
  private readonly rules: RetryRules;
  private readonly leaseMs: number;
  private readonly restoredAt: number;

  constructor(
    private readonly dataSource: DataSource,
    private readonly outbox: Outbox,
    private readonly metrics: DispatcherMetrics,
    private readonly rates: SendRates,
    private readonly tokens: AccessTokens,
    private readonly presence: Presence,
    config: DispatcherConfig,
    @InjectTable(topics.pixel) private readonly pixels: SettingsTable<PixelConfigured>,
    private readonly channels: KnownChannels,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.rules = rulesOf(config);
    this.leaseMs = config.requestTimeoutMs + config.leaseMarginMs;
    this.restoredAt = Date.parse(config.holdConversionsLoggedBefore);
  }

  /**
   * Takes due deliveries, and ends those that must not be sent any more.
   * @param free requests of all pixels together, beyond the one that each may always begin
   */
  async claimDue(slots: readonly PixelSlots[], free: number): Promise<Claim> {
    if (slots.length === 0) return NOTHING;
    return this.dataSource.transaction(async (tx) => {
      const due = await this.lockRound(tx, slots);
      if (due.length === 0) return NOTHING;
      // After the locks: waiting for them must not make an attempt look older than it is.
      const now = this.clock.now();
      const { sendable, ended } = await this.sort(tx, due, now);
      let left = free;
      const candidates: Candidate[] = [];
      let isCut = false;
      for (const { pixelId, requests, byRight } of slots) {
        const own = sendable.get(pixelId);
        if (own === undefined) continue;
        const groups = groupRequests(own.all, Math.max(byRight, Math.min(requests, left)));
        left -= groups.length;
        candidates.push(...groups.map((group) => ({ pixel: own.pixel, group, probe: undefined })));
        if (groups.length < requests && left > 0 && own.all.length >= ROWS_PER_PIXEL) isCut = true;
      }
      const { requests, limited } = await this.start(tx, candidates, now);
      // Behind those that ended unsent or wait, or beyond the round's share, more may be due: nobody wakes for that.
      return { requests, limited, hasMore: ended > 0 || isCut || due.length === ROWS_PER_ROUND };
    });
  }

  private async lockRound(tx: EntityManager, slots: readonly PixelSlots[]): Promise<DueDelivery[]> {
    const wanted = slots.map((one) => ({
      pixelId: one.pixelId,
      rows: rowsWanted(one, this.pixels.get(one.pixelId)),
    }));
    const due = await lockDue(tx, wanted, ROWS_PER_ROUND, this.clock.now(), this.restoredAt);
    const room = ROWS_PER_ROUND - due.length;
    const counts = new Map<string, number>();
    for (const { pixelId } of due) counts.set(pixelId, (counts.get(pixelId) ?? 0) + 1);
    const large = slots.filter(
      ({ pixelId, requests }) =>
        requests <= FEW_SLOTS &&
        counts.get(pixelId) === ROWS_PER_PIXEL &&
        BATCH_MAX[this.pixels.get(pixelId)?.wireFormat ?? '1.0'] > ROWS_PER_PIXEL,
    );
    if (large.length === 0 || room === 0) return due;
    // Of their own locks they skip none: what this transaction has already comes again.
    const known = new Set(due.map(({ deliveryId }) => deliveryId));
    const rows = ROWS_PER_PIXEL + Math.floor(room / large.length);
    const again = await lockDue(
      tx,
      large.map(({ pixelId }) => ({ pixelId, rows })),
      ROWS_PER_ROUND,
      this.clock.now(),
      this.restoredAt,
    );
    return [...due, ...again.filter(({ deliveryId }) => !known.has(deliveryId))].slice(0, ROWS_PER_ROUND);
  }

  /** Takes what is left of a part of a refused batch. No request: there is nothing left, or no permit. */
  async claimProbe(probe: Probe): Promise<Claim> {
    return this.dataSource.transaction(async (tx) => {
      const due = await lockApart(tx, probe.ids, this.restoredAt);
      if (due.length === 0) return NOTHING;
      const now = this.clock.now();
      const { sendable } = await this.sort(tx, due, now);
      const candidates = [...sendable.values()].map(({ pixel, all }) => ({ pixel, group: all, probe }));
      const { requests, limited } = await this.start(tx, candidates, now);
      return { requests, limited, hasMore: false };
    });
  }

  /** Milliseconds until something is due that isn't now; undefined when nothing waits. */
  async waitUntilDue(): Promise<number | undefined> {
    return waitUntilDue(this.dataSource.manager, this.clock.now());
  }

  private async sort(
    tx: EntityManager,
    due: readonly DueDelivery[],
    now: number,
  ): Promise<{
    readonly sendable: ReadonlyMap<string, { readonly pixel: PixelConfigured; readonly all: Sendable[] }>;
    readonly ended: number;
  }> {
    const sendable = new Map<string, { readonly pixel: PixelConfigured; readonly all: Sendable[] }>();
    const ends = [];
    const awaiting: DueDelivery[] = [];
    for (const delivery of due) {
      const { pixelId } = delivery;
      const pixel = this.pixels.get(pixelId);
      if (pixel === undefined) continue;
      const decision = decideStart(delivery, pixel, (chatId) => this.channels.of(chatId), now, this.rules);
      if (decision.kind === 'end') {
        ends.push(decision.end);
        continue;
      }
      if (decision.kind === 'await-channel') {
        awaiting.push(delivery);
        continue;
      }
      const own = sendable.get(pixelId) ?? { pixel, all: [] };
      own.all.push(decision.sendable);
      sendable.set(pixelId, own);
    }
    const held = await holdForChannel(
      tx,
      awaiting.map(({ deliveryId }) => deliveryId),
      now,
    );
    if (held.length > 0) {
      const chatIds = [...new Set(held.map(({ chat_id }) => chat_id))];
      this.logger.warn(
        { deliveries: held.length, chatIds },
        'held: the settings of their channel are unknown',
      );
    }
    const ended = [...(await endUnsent(tx, ends, now)), ...held];
    await this.outbox.add(
      tx,
      ended.map((row) => deliveryUpdated(row)),
    );
    for (const { state } of ended) this.metrics.states.inc({ state });
    return { sendable, ended: ended.length };
  }

  private async start(
    tx: EntityManager,
    candidates: readonly Candidate[],
    now: number,
  ): Promise<Pick<Claim, 'requests' | 'limited'>> {
    const { allowed, limited } = await this.permit(tx, candidates);
    const permittedAt = performance.now();
    const planned = allowed.map(({ pixel, group, probe, goesAt }): ClaimedRequest => ({
      pixel,
      probe,
      startedAt: now,
      goesAt,
      deliveries: group.map(({ delivery, event }) => ({
        deliveryId: delivery.deliveryId,
        leaseToken: randomUUID(),
        attempt: delivery.attempts + 1,
        joinedAt: delivery.joinedAt,
        firstUnknownAt: delivery.firstUnknownAt,
        event,
      })),
    }));
    const isNew = new Set(
      allowed.flatMap(({ group }) =>
        group.flatMap(({ delivery, isNew: fresh }) => (fresh ? [delivery.deliveryId] : [])),
      ),
    );
    await startAttempts(
      tx,
      planned.flatMap(({ deliveries }) =>
        deliveries.map(({ deliveryId, leaseToken, attempt, event }) => ({
          deliveryId,
          leaseToken,
          attempt,
          events: deliveries.length,
          freeze: isNew.has(deliveryId) ? event : undefined,
        })),
      ),
      now,
      this.leaseMs,
      this.presence.instance,
    );
    for (const { group } of allowed) this.warn(group);
    return { requests: await this.postponed(tx, planned, performance.now() - permittedAt), limited };
  }

  /**
   * Hundreds of rows take longer to write than a permit may be late. Without this, each such request would ask for
   * another permit, one after the other behind the next round's lock.
   */
  private async postponed(
    tx: EntityManager,
    requests: readonly ClaimedRequest[],
    lateMs: number,
  ): Promise<readonly ClaimedRequest[]> {
    if (requests.length === 0 || lateMs < WORTH_POSTPONING_MS) return requests;
    await this.rates.postpone(tx, new Set(requests.map(({ pixel }) => this.tokens.digestOf(pixel))), lateMs);
    return requests.map((request) => ({ ...request, goesAt: request.goesAt + lateMs }));
  }

  private async permit(
    tx: EntityManager,
    candidates: readonly Candidate[],
  ): Promise<{
    readonly allowed: readonly (Candidate & { readonly goesAt: number })[];
    readonly limited: Claim['limited'];
  }> {
    const wanted = new Map<string, number>();
    for (const { pixel } of candidates) {
      const digest = this.tokens.digestOf(pixel);
      wanted.set(digest, (wanted.get(digest) ?? 0) + 1);
    }
    const permits = await this.rates.reserve(tx, wanted);
    const used = new Map<string, number>();
    const limited = new Map<string, number>();
    const allowed = candidates.flatMap((candidate) => {
      const digest = this.tokens.digestOf(candidate.pixel);
      const index = used.get(digest) ?? 0;
      const of = permits.get(digest);
      if (of === undefined || index >= of.granted) {
        limited.set(candidate.pixel.pixelId, of?.nextInMs ?? 0);
        return [];
      }
      used.set(digest, index + 1);
      return [{ ...candidate, goesAt: of.countedFrom + of.firstInMs + index * of.spacingMs }];
    });
    return { allowed, limited: Array.from(limited, ([pixelId, ms]) => ({ pixelId, ms })) };
  }

  private warn(group: readonly Sendable[]): void {
    for (const { delivery, warnings } of group) {
      for (const warning of warnings) {
        this.metrics.warnings.inc({ warning });
        this.logger.warn(
          { deliveryId: delivery.deliveryId, warning },
          'a fact of the visitor was left out of the event',
        );
      }
    }
  }
}
