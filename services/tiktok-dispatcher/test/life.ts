import { randomUUID } from 'node:crypto';
import { deliveryIdOf, type Clock, type DeliveryUpdated, type PixelConfigured } from '@clickjoin/contracts';
import { fullChannel } from '../src/build-request/invented-facts.fixture';
import { addErasedConversions } from '../src/erase/erase.store';
import { insertDeliveries } from '../src/queue-delivery/queue.store';
import type { ClaimedRequest } from '../src/send/claimed-request';
import { Probes } from '../src/send/probes';
import type { Answer } from '../src/verdict/judge';
import { changed, newConversion, newPixel } from './invented';
import { isDeliveryUpdated, takeOutbox, type Parts } from './parts';

export interface SettableClock extends Clock {
  advance(ms: number): void;
  set(atMs: number): void;
}

const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
const chatId = '-1001122334455';
const FINAL = ['accepted', 'rejected', 'possibly-accepted', 'expired'];

/** What becomes of the requests of a step. The first kinds reach TikTok; with the others it takes nothing. */
export const ENDINGS = [
  'answered',
  'answer-lost',
  'crash-after',
  'partial',
  'request-lost',
  'crash-before',
  'failed',
  'throttled',
  'refused',
] as const;
type Ending = (typeof ENDINGS)[number];
export const ACTS = ['none', 'pause', 'resume', 'replay', 'restart', 'erase'] as const;

export interface Step {
  readonly afterMs: number;
  readonly act: (typeof ACTS)[number];
  readonly ending: Ending;
  readonly receivedAfterMs: number;
}

/** TikTok: takes a request whole or not at all, and knows for 48 hours what it has counted. */
class TikTok {
  readonly counted = new Map<string, number>();
  readonly bytes = new Map<string, Set<string>>();
  private readonly countedAt = new Map<string, number>();

  constructor(private readonly bad: ReadonlySet<string>) {}

  receive({ deliveries }: ClaimedRequest, at: number, isPartial: boolean): Answer {
    const ids = deliveries.map(({ event }) => (JSON.parse(event.eventJson) as { event_id: string }).event_id);
    for (const [index, { event }] of deliveries.entries()) {
      const id = ids[index] ?? '';
      this.bytes.set(id, (this.bytes.get(id) ?? new Set()).add(event.eventJson));
    }
    if (ids.some((id) => this.bad.has(id))) return answer(40002);
    for (const [index, id] of ids.entries()) {
      if (isPartial && index % 2 === 1) continue;
      if (at < (this.countedAt.get(id) ?? -Infinity) + 48 * HOUR_MS) continue;
      this.countedAt.set(id, at);
      this.counted.set(id, (this.counted.get(id) ?? 0) + 1);
    }
    return answer(isPartial ? 20001 : 0);
  }
}

const answer = (code: number): Answer => ({
  kind: 'answer',
  httpStatus: 200,
  bodyText: JSON.stringify({ code, message: 'invented' }),
});

/** One life of some deliveries of one pixel. */
export class Life {
  private readonly siteId = randomUUID();
  private pixel: PixelConfigured = newPixel(this.secretKeys, this.siteId, 'tok_invented');
  private readonly conversions = Array.from({ length: this.count }, () =>
    changed(newConversion(this.siteId, chatId), { joinedAt: new Date(this.clock.now()).toISOString() }),
  );
  readonly eventIds = this.conversions.map(({ conversionId }) => `adtarget_${conversionId}`);
  readonly tiktok = new TikTok(new Set(this.badIndexes.map((index) => this.eventIds[index] ?? '')));
  private probes = new Probes();
  private readonly updates: DeliveryUpdated[] = [];
  erased: string | undefined;
  private countedAtErasure = 0;

  constructor(
    private readonly parts: Parts,
    private readonly clock: SettableClock,
    private readonly secretKeys: string,
    private readonly count: number,
    private readonly badIndexes: readonly number[],
  ) {}

  async begin(): Promise<void> {
    for (const { pixelId } of this.parts.pixels.all()) this.parts.pixels.delete(pixelId);
    this.parts.pixels.put(this.pixel.pixelId, this.pixel);
    await this.parts.dataSource.transaction((tx) =>
      insertDeliveries(
        tx,
        this.conversions.map((conversion) => ({
          conversion,
          pixelId: this.pixel.pixelId,
          channel: fullChannel,
          loggedAt: this.clock.now(),
          entry: { state: 'queued', firstUnknownAt: undefined, note: undefined },
        })),
        this.clock.now(),
      ),
    );
  }

  async step({ afterMs, act, ending, receivedAfterMs }: Step): Promise<void> {
    this.clock.advance(afterMs);
    // The rest after a throttling is on the database's clock, which nobody moves here.
    await this.parts.dataSource.query(`UPDATE send_rate SET blocked_until = 'epoch', next_at = 'epoch'`);
    await this.act(act);
    await this.upkeep();
    for (const probe of this.probes.take(this.pixel.pixelId, 10)) {
      const { requests } = await this.parts.claims.claimProbe(probe);
      if (requests.length === 0) this.probes.gone(this.pixel.pixelId, probe);
      for (const request of requests) await this.send(request, ending, receivedAfterMs);
    }
    const { requests } = await this.parts.claims.claimDue(
      [{ pixelId: this.pixel.pixelId, requests: 1, byRight: 1, isTried: false }],
      1,
    );
    for (const request of requests) await this.send(request, ending, receivedAfterMs);
  }

  /** Everything is well from now on, except that time passes. @returns what each delivery has become */
  async finish(): Promise<Map<string, DeliveryUpdated['state']>> {
    await this.act('resume');
    for (let round = 0; round < 500; round++) {
      await this.step({ afterMs: HOUR_MS, act: 'none', ending: 'answered', receivedAfterMs: 10 });
      const states = await this.states();
      if ([...states.values()].every((state) => FINAL.includes(state))) return states;
    }
    throw new Error('it does not end');
  }

  private async act(act: Step['act']): Promise<void> {
    const { pixelId } = this.pixel;
    if (act === 'pause') this.configure({ isPaused: true });
    if (act === 'resume') this.configure({ isPaused: false });
    if (act === 'restart') await this.crash();
    if (act === 'replay')
      await this.parts.replays.replay({ pixelId }, { dryRun: false, isConfirmedUnsent: false });
    if (act === 'erase' && this.erased === undefined) {
      const { conversionId } = this.conversions[0] ?? { conversionId: '' };
      await this.parts.dataSource.transaction(async (tx) => {
        await addErasedConversions(tx, [conversionId], this.clock.now());
        await this.parts.erasures.erase(tx, [conversionId]);
      });
      this.erased = `adtarget_${conversionId}`;
      this.countedAtErasure = this.tiktok.counted.get(this.erased) ?? 0;
    }
  }

  private configure(of: Partial<PixelConfigured>): void {
    this.pixel = changed(this.pixel, {
      ...of,
      version: this.pixel.version + 1,
      configuredAt: new Date(this.clock.now()).toISOString(),
    });
    this.parts.pixels.put(this.pixel.pixelId, this.pixel);
  }

  private async upkeep(): Promise<void> {
    await this.parts.settlements.recoverLapsed();
    await this.parts.pauses.keepUp();
    await this.parts.overdue.end();
  }

  private async send(request: ClaimedRequest, ending: Ending, receivedAfterMs: number): Promise<void> {
    const receivedAt = this.clock.now() + receivedAfterMs;
    this.clock.set(receivedAt);
    if (ending === 'crash-before') return this.crash();
    const isReached = ['answered', 'answer-lost', 'crash-after', 'partial'].includes(ending);
    const real = isReached ? this.tiktok.receive(request, receivedAt, ending === 'partial') : undefined;
    if (ending === 'crash-after') return this.crash();
    const answers: Partial<Record<Ending, Answer>> = {
      failed: answer(50000),
      throttled: answer(40100),
      refused: answer(40105),
      'answer-lost': { kind: 'failure', failure: 'connection-lost' },
      'request-lost': { kind: 'failure', failure: 'timed-out' },
    };
    const got = answers[ending] ?? real;
    if (got === undefined) throw new Error(`no answer for ${ending}`);
    const settled = await this.parts.settlements.settle([{ request, answer: got, endedAt: receivedAt }]);
    for (const one of settled) this.probes.onSettled(one);
  }

  /** The process ends, and its leases are found to have run out. */
  private async crash(): Promise<void> {
    this.probes = new Probes();
    await this.parts.dataSource.query(
      `UPDATE delivery SET lease_until = 'epoch' WHERE state = 'sending' AND pixel_id = $1`,
      [this.pixel.pixelId],
    );
  }

  private async states(): Promise<Map<string, DeliveryUpdated['state']>> {
    const rows: { event_id: string; state: DeliveryUpdated['state'] }[] = await this.parts.dataSource.query(
      'SELECT event_id, state FROM delivery WHERE pixel_id = $1',
      [this.pixel.pixelId],
    );
    return new Map(rows.map(({ event_id, state }) => [event_id, state]));
  }

  /** What the ledger says is what happened. */
  async expectTruth(states: ReadonlyMap<string, DeliveryUpdated['state']>): Promise<void> {
    const told = (await takeOutbox(this.parts.dataSource)).filter(isDeliveryUpdated);
    this.updates.push(...told.map(({ event }) => event as DeliveryUpdated));
    for (const [index, { conversionId }] of this.conversions.entries()) {
      const eventId = this.eventIds[index] ?? '';
      const state = states.get(eventId) ?? 'queued';
      const counted = this.tiktok.counted.get(eventId) ?? 0;
      expect(counted).toBeLessThanOrEqual(1);
      if (state === 'accepted') expect(counted).toBe(1);
      if (state === 'rejected' || state === 'expired') expect(counted).toBe(0);
      if (state === 'rejected') expect(this.badIndexes).toContain(index);
      expect(this.tiktok.bytes.get(eventId)?.size ?? 1).toBe(1);
      if (eventId === this.erased) expect(counted).toBe(this.countedAtErasure);

      const attempts: { number: number; verdict: string | null }[] = await this.parts.dataSource.query(
        'SELECT number, verdict FROM attempt WHERE delivery_id = $1 ORDER BY number',
        [deliveryIdOf(conversionId, this.pixel.pixelId)],
      );
      expect(attempts.map(({ number }) => number)).toEqual(attempts.map((_, at) => at + 1));
      const verdicts = attempts.map(({ verdict }) => verdict);
      expect(verdicts).not.toContain(null);
      expect(verdicts.slice(0, -1)).not.toContain('accepted');
      expect(verdicts.at(-1) === 'accepted').toBe(state === 'accepted');

      const updates = this.updates.filter(({ eventId: id }) => id === eventId);
      // The first, `queued`, is told by the consumer, which has no part in this.
      expect(updates.map(({ revision }) => revision)).toEqual(updates.map((_, at) => at + 2));
      if (updates.length > 0) expect(updates.at(-1)?.state).toBe(state);
    }
  }
}
