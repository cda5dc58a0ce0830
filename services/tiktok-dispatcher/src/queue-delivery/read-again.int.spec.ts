import { randomUUID } from 'node:crypto';
import {
  decode,
  deliveryIdOf,
  tiktokEventIdOf,
  topics,
  type ConversionAttributed,
  type DeliveryState,
  type OutboundRecord,
  type PixelConfigured,
} from '@clickjoin/contracts';
import { startSandbox, type Sandbox, type SeenEvent } from '@clickjoin/sandbox';
import { eventually, produce, readAll, testInfra, uniquePrefix } from '@clickjoin/testing';
import {
  ask,
  dropServiceDatabase,
  newDatabasePrefix,
  newSecretKeys,
  openServiceDatabase,
  startDispatcher,
  type Place,
  type TestDispatcher,
} from '../../test/dispatcher';
import { changed, newChannel, newConversion, newPixel, recordOf } from '../../test/invented';
import type { DeliveryDetail } from '../read-delivery/delivery.store';
import { NOTES } from '../retry-policy/retry-policy';

const HOUR_MS = 3_600_000;
const siteId = randomUUID();
const chatId = '-1001122334455';

let sandbox: Sandbox;
let place: Place;
let pixel: PixelConfigured;
let running: TestDispatcher | undefined;

beforeEach(async () => {
  sandbox = await startSandbox();
  const { brokers, databaseUrl } = testInfra();
  place = {
    brokers,
    databaseUrl,
    databasePrefix: newDatabasePrefix(),
    topicPrefix: uniquePrefix('read-again'),
    tiktokApiUrl: sandbox.tiktokApiUrl,
    secretKeys: newSecretKeys(),
  };
  pixel = newPixel(place.secretKeys, siteId, 'tok_invented');
  sandbox.tiktok.addPixel({ pixelCode: pixel.pixelCode, accessToken: 'tok_invented' });
  await start();
  // The service has been running for long.
  await query(`UPDATE first_start SET started_at = now() - interval '30 days'`);
  await publish(recordOf.channel(newChannel(siteId, chatId)));
  await eventually(() => expect(running?.channels.get(chatId)).toBeDefined());
  await configure(pixel);
});

afterEach(async () => {
  await stop();
  await sandbox.close();
  await dropServiceDatabase(place);
});

async function start(settings: Readonly<Record<string, string>> = {}): Promise<void> {
  running = await startDispatcher({ ...place, settings });
}

async function stop(): Promise<void> {
  await running?.stop();
  running = undefined;
}

async function query(sql: string): Promise<void> {
  const database = await openServiceDatabase(place);
  await database.query(sql).finally(() => database.destroy());
}

async function publish(record: OutboundRecord, loggedAt = Date.now()): Promise<void> {
  const { topic, key, value, headers } = record;
  await produce(place.topicPrefix + topic, [
    { key, value, headers: { ...headers }, timestamp: String(loggedAt) },
  ]);
}

async function configure(settings: PixelConfigured): Promise<void> {
  await publish(recordOf.pixel(settings));
  await eventually(() => expect(running?.pixels.get(pixel.pixelId)?.version).toBe(settings.version));
}

/** Joined and logged so long ago. */
async function convert(agoMs: number): Promise<ConversionAttributed> {
  const at = Date.now() - agoMs;
  const conversion = changed(newConversion(siteId, chatId), { joinedAt: new Date(at).toISOString() });
  await publish(recordOf.conversion(conversion), at);
  return conversion;
}

const idOf = ({ conversionId }: ConversionAttributed): string => deliveryIdOf(conversionId, pixel.pixelId);

const inState = (conversion: ConversionAttributed, state: DeliveryState): Promise<DeliveryDetail> =>
  eventually(
    async () => {
      const response = await ask(running?.url ?? '', `deliveries/${idOf(conversion)}`);
      expect(response.status).toBe(200);
      const found = (await response.json()) as DeliveryDetail;
      expect(found.state).toBe(state);
      return found;
    },
    { timeoutMs: 20_000 },
  );

const seen = ({ conversionId }: ConversionAttributed): SeenEvent[] =>
  sandbox.tiktok.events().filter(({ eventId }) => eventId === tiktokEventIdOf(conversionId));

describe('a conversion that TikTok has counted, read again into an empty database', () => {
  it('is sent again only while TikTok knows its id, and after that waits for a person', async () => {
    const old = await convert(72 * HOUR_MS);
    const recent = await convert(HOUR_MS);
    // Also shows that a service which was merely away for days sends what it finds.
    await inState(old, 'accepted');
    await inState(recent, 'accepted');

    await stop();
    await dropServiceDatabase(place);
    await start();
    const held = await inState(old, 'held');
    expect(held).toMatchObject({ attempts: [], firstUnknownAt: old.joinedAt });
    expect(held.note).toContain('3 days after it was decided');
    expect(await inState(recent, 'accepted')).toMatchObject({ firstUnknownAt: recent.joinedAt });

    // A pixel that is paused and resumed lets go what has waited for it, and nothing else.
    await configure(changed(pixel, { version: 2, isPaused: true }));
    const waiting = await convert(0);
    await inState(waiting, 'held');
    await configure(changed(pixel, { version: 3, isPaused: false }));
    await inState(waiting, 'accepted');
    expect(await inState(old, 'held')).toEqual(held);

    expect(seen(old)).toMatchObject([{ received: 1, accepted: 1 }]);
    expect(seen(recent)).toMatchObject([{ received: 2, accepted: 1, duplicatesDropped: 1 }]);
    const metrics = await (await fetch(`${running?.url}/metrics`)).text();
    expect(metrics).toMatch(/clickjoin_dispatcher_held_repeats_total(\{[^}]*\})? 1\n/);
    await eventually(async () => {
      const updates = (await readAll(place.topicPrefix + topics.deliveryUpdated.name)).flatMap(
        ({ value }) => {
          const decoded = decode(topics.deliveryUpdated, value);
          return decoded.ok && decoded.event.deliveryId === idOf(old) ? [decoded.event] : [];
        },
      );
      expect(updates.at(-1)).toMatchObject({ state: 'held', note: held.note, revision: 1 });
    });
  });
});

describe('after a restore, with HOLD_CONVERSIONS_LOGGED_BEFORE', () => {
  it('neither what is read again nor what the backup had waiting is counted twice', async () => {
    await configure(changed(pixel, { version: 2, isPaused: true }));
    const inBackup = await convert(72 * HOUR_MS);
    await inState(inBackup, 'held');

    await stop();
    await start({ HOLD_CONVERSIONS_LOGGED_BEFORE: new Date().toISOString() });
    const readAgain = await convert(60 * HOUR_MS);
    await inState(readAgain, 'held');
    await configure(changed(pixel, { version: 3, isPaused: false }));
    expect(await inState(inBackup, 'possibly-accepted')).toMatchObject({ attempts: [], note: NOTES.guard });
    const fresh = await convert(0);
    await inState(fresh, 'accepted');
    await inState(readAgain, 'held');
    expect([...seen(inBackup), ...seen(readAgain)]).toEqual([]);
  });
});
