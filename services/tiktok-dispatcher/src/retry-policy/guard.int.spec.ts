import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { FakeClock, testInfra, uniquePrefix } from '@clickjoin/testing';
import { dropServiceDatabase, newDatabasePrefix, newSecretKeys, type Place } from '../../test/dispatcher';
import { changed, newConversion, newPixel } from '../../test/invented';
import { openParts, type Parts } from '../../test/parts';
import { fullChannel } from '../build-request/invented-facts.fixture';
import { insertDeliveries } from '../queue-delivery/queue.store';
import { NOTES } from './retry-policy';

const HOUR_MS = 3_600_000;
/** REQUEST_TIMEOUT_MS and LEASE_MARGIN_MS: so long after its start TikTok may still get an attempt. */
const DEADLINE_MS = 20_000;
const clock = new FakeClock(Date.UTC(2026, 5, 1));
let place: Place;
let parts: Parts;

beforeAll(async () => {
  Logger.overrideLogger(false);
  const { brokers, databaseUrl } = testInfra();
  place = {
    brokers,
    databaseUrl,
    databasePrefix: newDatabasePrefix(),
    topicPrefix: uniquePrefix('guard'),
    tiktokApiUrl: 'http://127.0.0.1:1',
    secretKeys: newSecretKeys(),
  };
  parts = await openParts(place, clock, () => 0);
});
afterAll(async () => {
  await parts.close();
  await dropServiceDatabase(place);
});

describe('an attempt that TikTok may have taken', () => {
  it.each([
    { what: 'at the last moment', beforeTheEndMs: 0, state: 'accepted', note: null },
    { what: 'a millisecond later', beforeTheEndMs: -1, state: 'possibly-accepted', note: NOTES.guard },
  ])('is repeated within 48 hours, restarts and all: $what', async ({ beforeTheEndMs, state, note }) => {
    const siteId = randomUUID();
    const pixel = newPixel(place.secretKeys, siteId, 'tok_invented');
    const conversion = changed(newConversion(siteId, '-1001122334455'), {
      joinedAt: new Date(clock.now()).toISOString(),
    });
    parts.pixels.put(pixel.pixelId, pixel);
    await parts.dataSource.transaction((tx) =>
      insertDeliveries(
        tx,
        [
          {
            conversion,
            pixelId: pixel.pixelId,
            channel: fullChannel,
            loggedAt: clock.now(),
            entry: { state: 'queued', firstUnknownAt: undefined, note: undefined },
          },
        ],
        clock.now(),
      ),
    );
    const claim = async (): Promise<number> => {
      const { requests } = await parts.claims.claimDue(
        [{ pixelId: pixel.pixelId, requests: 1, byRight: 1, isTried: false }],
        1,
      );
      for (const request of requests) {
        const isFirst = request.deliveries[0]?.attempt === 1;
        await parts.settlements.settle([
          {
            request,
            endedAt: clock.now(),
            answer: isFirst
              ? { kind: 'failure', failure: 'timed-out' }
              : { kind: 'answer', httpStatus: 200, bodyText: '{"code":0}' },
          },
        ]);
      }
      return requests.length;
    };
    const startedAt = clock.now();
    expect(await claim()).toBe(1);

    for (const awayMs of [HOUR_MS, 40 * HOUR_MS]) {
      clock.set(startedAt + awayMs);
      await parts.close();
      parts = await openParts(place, clock, () => 0);
      parts.pixels.put(pixel.pixelId, pixel);
    }
    clock.set(startedAt + 48 * HOUR_MS - DEADLINE_MS - beforeTheEndMs);
    expect(await claim()).toBe(state === 'accepted' ? 1 : 0);
    const [row]: { state: string; note: string | null }[] = await parts.dataSource.query(
      'SELECT state, note FROM delivery WHERE pixel_id = $1',
      [pixel.pixelId],
    );
    expect(row).toEqual({ state, note });
  });
});
