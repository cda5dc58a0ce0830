import { randomUUID } from 'node:crypto';
import type { PixelConfigured, WireFormat } from '@clickjoin/contracts';
import { Logger } from '@nestjs/common';
import { testInfra } from '@clickjoin/testing';
import { EntityManager } from 'typeorm';
import { dropServiceDatabase, newDatabasePrefix, newSecretKeys, type Place } from '../../test/dispatcher';
import { changed, newConversion, newPixel } from '../../test/invented';
import { openParts, type Parts } from '../../test/parts';
import { BATCH_MAX, REQUEST_MAX_BYTES, writeRequest } from '../build-request/write-request';
import { fullChannel } from '../build-request/invented-facts.fixture';
import { insertDeliveries } from '../queue-delivery/queue.store';
import type { Answer } from '../verdict/judge';
import type { ClaimedRequest } from './claimed-request';
import type { PixelSlots } from './pixel-flow';
import { Probes } from './probes';

const { databaseUrl } = testInfra();
const place: Place = {
  brokers: 'none.example:9092',
  databaseUrl,
  databasePrefix: newDatabasePrefix(),
  topicPrefix: '',
  tiktokApiUrl: 'http://127.0.0.1:1',
  secretKeys: newSecretKeys(),
  // As many permits at a time as a search needs.
  settings: { MAX_REQUESTS_PER_SECOND: '1000' },
};
const now = Date.now();
let parts: Parts;

beforeAll(async () => {
  Logger.overrideLogger(false);
  parts = await openParts(place, { now: () => now }, () => 0.5);
});
afterAll(async () => {
  await parts.close();
  await dropServiceDatabase(place);
});

/** Short enough that a thousand of them fit into a request. */
async function queued(
  wireFormat: WireFormat,
  count: number,
  of: Partial<PixelConfigured> = {},
): Promise<PixelConfigured> {
  const pixel = newPixel(place.secretKeys, randomUUID(), `tok_${randomUUID()}`, { wireFormat, ...of });
  parts.pixels.put(pixel.pixelId, pixel);
  const conversions = Array.from({ length: count }, () => {
    const conversion = newConversion(pixel.siteId, '-1001122334455');
    return changed(conversion, { ad: { ttclid: 'E.C.P.short', utm: {} }, page: {}, visitor: {} });
  });
  await parts.dataSource.transaction((tx) =>
    insertDeliveries(
      tx,
      conversions.map((conversion) => ({
        conversion,
        pixelId: pixel.pixelId,
        channel: fullChannel,
        loggedAt: now,
        entry: { state: 'queued', firstUnknownAt: undefined, note: undefined },
      })),
      now,
    ),
  );
  return pixel;
}

const slots = ({ pixelId }: PixelConfigured, requests: number): PixelSlots => ({
  pixelId,
  requests,
  byRight: 1,
  isTried: false,
});

async function claimed(all: readonly PixelSlots[], free: number): Promise<readonly ClaimedRequest[]> {
  const { requests } = await parts.claims.claimDue(all, free);
  return requests;
}

const sizesOf = (requests: readonly ClaimedRequest[], { pixelId }: PixelConfigured): number[] =>
  requests.filter(({ pixel }) => pixel.pixelId === pixelId).map(({ deliveries }) => deliveries.length);

async function statesOf({ pixelId }: PixelConfigured): Promise<Record<string, number>> {
  const rows: { state: string; count: number }[] = await parts.dataSource.query(
    'SELECT state, count(*)::int AS count FROM delivery WHERE pixel_id = $1 GROUP BY state',
    [pixelId],
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

const answer = (code: number): Answer => ({
  kind: 'answer',
  httpStatus: 200,
  bodyText: JSON.stringify({ code, message: 'invented' }),
});

describe('a long queue', () => {
  it.each([
    { wireFormat: '2.0', free: 1, sizes: [1_000] },
    { wireFormat: '2.0', free: 4, sizes: [250, 250, 250, 250] },
    // Slots enough: the next round follows at once, and no more than that is put at stake.
    { wireFormat: '2.0', free: 5, sizes: [50, 50, 50, 50, 50] },
    { wireFormat: '1.0', free: 1, sizes: [50] },
  ] as const)(
    'in $wireFormat with $free free slots makes requests of $sizes',
    async ({ wireFormat, free, sizes }) => {
      const pixel = await queued(wireFormat, 1_100);
      const requests = await claimed([slots(pixel, free)], free);
      expect(sizesOf(requests, pixel)).toEqual(sizes);
      for (const { deliveries } of requests) {
        const { body } = writeRequest(deliveries.map(({ event }) => event));
        expect(Buffer.byteLength(body)).toBeLessThanOrEqual(REQUEST_MAX_BYTES);
      }
      const events = sizes.reduce((sum, size) => sum + size, 0);
      expect(await statesOf(pixel)).toEqual({ queued: 1_100 - events, sending: events });
    },
  );

  it('leaves the other pixels of the round their share, wherever they stand', async () => {
    const [long, short] = [await queued('2.0', 1_100), await queued('2.0', 3)];
    const requests = await claimed([slots(long, 1), slots(short, 4)], 10);
    expect(sizesOf(requests, short)).toEqual([1, 1, 1]);
    expect(sizesOf(requests, long)).toEqual([997]);
  });

  it('is shared fairly by two', async () => {
    const [one, other] = [await queued('2.0', 700), await queued('2.0', 700)];
    const requests = await claimed([slots(one, 1), slots(other, 1)], 10);
    expect(sizesOf(requests, one)).toEqual([500]);
    expect(sizesOf(requests, other)).toEqual([500]);
  });
});

describe('a long queue of which little can go', () => {
  afterEach(() => jest.restoreAllMocks());

  it.each([
    { what: 'test events', of: { testEventCode: 'TEST1' }, free: 3, sent: 3, read: 3 },
    { what: 'events in 1.0', of: {}, free: 1, sent: 50, read: 50 },
  ])('reads no more $what than it sends', async ({ of, free, sent, read }) => {
    const pixel = await queued('1.0', 300, of);
    const query = jest.spyOn(EntityManager.prototype, 'query');
    const requests = await claimed([slots(pixel, free)], free);
    const looks = query.mock.calls.flatMap(([sql], index) =>
      sql.includes('SKIP LOCKED') ? [query.mock.results[index]?.value as Promise<unknown[]>] : [],
    );
    const rows = (await Promise.all(looks)).map(({ length }) => length);
    expect(sizesOf(requests, pixel).reduce((sum, size) => sum + size, 0)).toBe(sent);
    expect(rows).toEqual([read]);
  });
});

describe('a refused request of a thousand events', () => {
  it('is divided until exactly the bad ones are rejected, in at most 2·k·log2(n) further requests', async () => {
    const pixel = await queued('2.0', BATCH_MAX['2.0']);
    const ids: { event_id: string }[] = await parts.dataSource.query(
      'SELECT event_id FROM delivery WHERE pixel_id = $1 ORDER BY delivery_id',
      [pixel.pixelId],
    );
    const bad = new Set([0, 499, 998].map((index) => ids[index]?.event_id ?? ''));
    const probes = new Probes();
    let waiting = [...(await claimed([slots(pixel, 1)], 1))];
    expect(waiting.map(({ deliveries }) => deliveries.length)).toEqual([1_000]);
    let requests = 0;
    for (let request = waiting.shift(); request !== undefined; request = waiting.shift()) {
      requests++;
      const isBad = request.deliveries.some(({ event }) =>
        bad.has((JSON.parse(event.eventJson) as { event_id: string }).event_id),
      );
      const settled = await parts.settlements.settle([
        { request, answer: answer(isBad ? 40002 : 0), endedAt: now },
      ]);
      for (const one of settled) probes.onSettled(one);
      // The search has no backoff of its own; permits are on the database's clock, which nobody moves here.
      await parts.dataSource.query(`UPDATE send_rate SET next_at = 'epoch'`);
      for (const probe of probes.take(pixel.pixelId, 1_000)) {
        const claim = await parts.claims.claimProbe(probe);
        waiting = [...waiting, ...claim.requests];
        await parts.dataSource.query(`UPDATE send_rate SET next_at = 'epoch'`);
      }
    }
    expect(await statesOf(pixel)).toEqual({ accepted: 997, rejected: 3 });
    const rejected: { event_id: string }[] = await parts.dataSource.query(
      `SELECT event_id FROM delivery WHERE pixel_id = $1 AND state = 'rejected'`,
      [pixel.pixelId],
    );
    expect(new Set(rejected.map(({ event_id }) => event_id))).toEqual(bad);
    expect(requests - 1).toBeLessThanOrEqual(2 * bad.size * Math.log2(1_000));
  });
});
