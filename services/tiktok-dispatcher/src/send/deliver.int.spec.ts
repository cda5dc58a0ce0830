import { randomUUID } from 'node:crypto';
import {
  decode,
  deliveryIdOf,
  tiktokEventIdOf,
  topics,
  type ChannelConfigured,
  type ConversionAttributed,
  type DeliveryUpdated,
  type OutboundRecord,
  type PixelConfigured,
} from '@clickjoin/contracts';
import { startSandbox, type Sandbox, type SeenEvent } from '@clickjoin/sandbox';
import { eventually, produce, readAll, testInfra, uniquePrefix } from '@clickjoin/testing';
import type { DataSource } from 'typeorm';
import {
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

/** Each test has a site, a channel and a pixel of its own; they share the service and the sandbox. */
interface Site {
  readonly siteId: string;
  readonly chatId: string;
  readonly channel: ChannelConfigured;
  readonly pixel: PixelConfigured;
  readonly token: string;
}

let place: Place;
let sandbox: Sandbox;
let dispatcher: TestDispatcher;
let database: DataSource;
let chats = 1_000_000_000;
const tokens: string[] = [];

beforeAll(async () => {
  sandbox = await startSandbox();
  const { brokers, databaseUrl } = testInfra();
  place = {
    brokers,
    databaseUrl,
    databasePrefix: newDatabasePrefix(),
    topicPrefix: uniquePrefix('deliver'),
    tiktokApiUrl: sandbox.tiktokApiUrl,
    secretKeys: newSecretKeys(),
    settings: { REQUEST_TIMEOUT_MS: '2000' },
  };
  dispatcher = await startDispatcher(place);
  database = await openServiceDatabase(place);
});

afterAll(async () => {
  await database.destroy();
  await dispatcher.stop();
  await sandbox.close();
  await dropServiceDatabase(place);
});

afterEach(() => {
  // A test that leaves a scripted fault behind would spoil the next one.
  expect(sandbox.faults().tiktok.next).toEqual([]);
});

async function publish(...records: OutboundRecord[]): Promise<void> {
  for (const { topic, key, value, headers } of records) {
    await produce(place.topicPrefix + topic, [{ key, value, headers: { ...headers } }]);
  }
}

const newToken = (): string => {
  const token = `tok_${randomUUID().replaceAll('-', '')}`;
  tokens.push(token);
  return token;
};

async function newSite(of: Partial<PixelConfigured> = {}): Promise<Site> {
  const siteId = randomUUID();
  const chatId = `-100${chats++}`;
  const token = newToken();
  const pixel = newPixel(place.secretKeys, siteId, token, of);
  const channel = newChannel(siteId, chatId);
  sandbox.tiktok.addPixel({ pixelCode: pixel.pixelCode, accessToken: token });
  await configure(pixel, channel);
  return { siteId, chatId, channel, pixel, token };
}

/** Publishes settings and waits until the service knows them. */
async function configure(pixel: PixelConfigured | undefined, channel?: ChannelConfigured): Promise<void> {
  await publish(
    ...(pixel === undefined ? [] : [recordOf.pixel(pixel)]),
    ...(channel === undefined ? [] : [recordOf.channel(channel)]),
  );
  await eventually(() => {
    if (pixel !== undefined) expect(dispatcher.pixels.get(pixel.pixelId)?.version).toBe(pixel.version);
    if (channel !== undefined) expect(dispatcher.channels.get(channel.chatId)?.version).toBe(channel.version);
  });
}

const idOf = (conversion: ConversionAttributed, pixel: PixelConfigured): string =>
  deliveryIdOf(conversion.conversionId, pixel.pixelId);

async function detail(deliveryId: string): Promise<DeliveryDetail> {
  const response = await fetch(`${dispatcher.url}/v1/deliveries/${deliveryId}`);
  expect(response.status).toBe(200);
  return (await response.json()) as DeliveryDetail;
}

const inState = (deliveryId: string, state: DeliveryDetail['state']): Promise<DeliveryDetail> =>
  eventually(async () => {
    const found = await detail(deliveryId);
    expect(found.state).toBe(state);
    return found;
  });

function seen(conversion: ConversionAttributed): SeenEvent[] {
  return sandbox.tiktok
    .events()
    .filter(({ eventId }) => eventId === tiktokEventIdOf(conversion.conversionId));
}

async function updatesOf(deliveryId: string): Promise<DeliveryUpdated[]> {
  const records = await readAll(place.topicPrefix + topics.deliveryUpdated.name);
  return records.flatMap(({ value }) => {
    const decoded = decode(topics.deliveryUpdated, value);
    if (!decoded.ok) throw new Error(decoded.reason);
    return decoded.event.deliveryId === deliveryId ? [decoded.event] : [];
  });
}

describe('a conversion', () => {
  it('is accepted by TikTok, and everybody hears of it', async () => {
    const { siteId, chatId, pixel } = await newSite();
    const conversion = newConversion(siteId, chatId);
    await publish(recordOf.conversion(conversion));

    const delivery = await inState(idOf(conversion, pixel), 'accepted');
    expect(delivery).toMatchObject({
      eventId: `adtarget_${conversion.conversionId}`,
      request: { eventName: 'CompleteRegistration', wireFormat: '1.0', path: '/pixel/track/' },
      attempts: [{ number: 1, verdict: 'accepted', code: 0, httpStatus: 200, message: 'OK' }],
    });
    expect(seen(conversion)).toMatchObject([{ accepted: 1, received: 1, bodies: 1 }]);

    const updates = await eventually(async () => {
      const found = await updatesOf(delivery.deliveryId);
      expect(found.map(({ state, revision }) => ({ state, revision }))).toEqual([
        { state: 'queued', revision: 1 },
        { state: 'accepted', revision: 2 },
      ]);
      return found;
    });
    expect(updates[1]).toMatchObject({
      eventName: 'CompleteRegistration',
      attempt: { number: 1, verdict: 'accepted', code: 0 },
    });
  });

  it('goes to each pixel of its site, in the pixel’s format, and to no other', async () => {
    const { siteId, chatId, pixel } = await newSite();
    const token = newToken();
    const second = newPixel(place.secretKeys, siteId, token, { wireFormat: '2.0' });
    sandbox.tiktok.addPixel({ pixelCode: second.pixelCode, accessToken: token });
    await configure(second);
    const conversion = newConversion(siteId, chatId);
    await publish(recordOf.conversion(conversion));

    expect((await inState(idOf(conversion, pixel), 'accepted')).request?.path).toBe('/pixel/track/');
    expect((await inState(idOf(conversion, second), 'accepted')).request?.path).toBe('/event/track/');
    expect(
      seen(conversion)
        .map(({ pixelCode }) => pixelCode)
        .sort(),
    ).toEqual([pixel.pixelCode, second.pixelCode].sort());
  });

  it('is delivered once, however often it is reported', async () => {
    const { siteId, chatId, pixel } = await newSite();
    const conversion = newConversion(siteId, chatId);
    const marker = newConversion(siteId, chatId);
    const copy = recordOf.conversion(conversion);
    await publish(copy, copy);
    await inState(idOf(conversion, pixel), 'accepted');
    await publish(copy, recordOf.conversion(marker));
    await inState(idOf(marker, pixel), 'accepted');
    // The marker's partition may be another one, so the copies' fate is read from the offsets.
    await eventually(async () => {
      const [row] = await database.query<{ sum: string }[]>(
        `SELECT sum(next_offset) FROM consumer_offset WHERE topic = $1`,
        [topics.conversionAttributed.name],
      );
      const records = await readAll(place.topicPrefix + topics.conversionAttributed.name);
      expect(Number(row?.sum)).toBe(records.length);
    });
    expect((await detail(idOf(conversion, pixel))).attempts).toHaveLength(1);
    expect(seen(conversion)).toMatchObject([{ received: 1, accepted: 1 }]);
  });

  it('of a site without pixels is skipped, with the reason', async () => {
    const conversion = newConversion(randomUUID(), '-1009999999999');
    await publish(recordOf.conversion(conversion));
    await eventually(async () => {
      const text = await (await fetch(`${dispatcher.url}/metrics`)).text();
      expect(text).toMatch(/clickjoin_dispatcher_conversions_skipped_total\{[^}]*reason="no-pixel"[^}]*\} 1/);
    });
    const rows = await database.query('SELECT 1 FROM delivery WHERE conversion_id = $1', [
      conversion.conversionId,
    ]);
    expect(rows).toEqual([]);
  });
});

describe('an attempt that TikTok does not take', () => {
  it('with HTTP 200 and code 50000 is repeated, and accepted', async () => {
    const { siteId, chatId, pixel } = await newSite();
    sandbox.setFaults({ tiktok: { next: [{ fault: 'code50000', times: 2 }] } });
    const conversion = newConversion(siteId, chatId);
    await publish(recordOf.conversion(conversion));
    const { attempts } = await inState(idOf(conversion, pixel), 'accepted');
    expect(attempts).toMatchObject([
      { verdict: 'failed', code: 50000, httpStatus: 200 },
      { verdict: 'failed', code: 50000, httpStatus: 200 },
      { verdict: 'accepted', code: 0 },
    ]);
    expect(seen(conversion)).toMatchObject([{ received: 3, accepted: 1, bodies: 1 }]);
  });

  it('waits as long as Retry-After says, and sends the same bytes though the settings have changed', async () => {
    const { siteId, chatId, channel, pixel } = await newSite();
    sandbox.setFaults({ tiktok: { next: [{ fault: 'http429', times: 1 }], retryAfterSeconds: 1 } });
    const conversion = newConversion(siteId, chatId);
    await publish(recordOf.conversion(conversion));
    const first = await inState(idOf(conversion, pixel), 'retrying');
    await configure(undefined, changed(channel, { version: 2, eventType: 'Purchase', value: 99 }));

    const last = await inState(idOf(conversion, pixel), 'accepted');
    expect(last.request).toEqual(first.request);
    expect(last.attempts).toMatchObject([
      { verdict: 'throttled', code: 40100, httpStatus: 429 },
      { verdict: 'accepted' },
    ]);
    const [one, two] = last.attempts.map(({ startedAt }) => Date.parse(startedAt));
    expect(two! - one!).toBeGreaterThanOrEqual(1_000);
    expect(seen(conversion)).toMatchObject([{ event: 'CompleteRegistration', bodies: 1, received: 2 }]);
  });

  it.each(['lostAnswer', 'truncatedJson'] as const)(
    'but has counted (%s) is repeated with the same bytes, and counted once',
    async (fault) => {
      const { siteId, chatId, pixel } = await newSite();
      sandbox.setFaults({ tiktok: { next: [{ fault, times: 1 }] } });
      const conversion = newConversion(siteId, chatId);
      await publish(recordOf.conversion(conversion));
      const { attempts, firstUnknownAt } = await inState(idOf(conversion, pixel), 'accepted');
      expect(attempts).toMatchObject([{ verdict: 'unknown' }, { verdict: 'accepted' }]);
      expect(firstUnknownAt).toBe(attempts[0]?.startedAt);
      expect(seen(conversion)).toMatchObject([{ received: 2, accepted: 1, duplicatesDropped: 1, bodies: 1 }]);
    },
  );

  it('when the answer never comes is repeated after the time-out', async () => {
    const { siteId, chatId, pixel } = await newSite();
    sandbox.setFaults({ tiktok: { next: [{ fault: 'lostAnswer', times: 1 }], lostAnswerMode: 'withhold' } });
    const conversion = newConversion(siteId, chatId);
    await publish(recordOf.conversion(conversion));
    const { attempts } = await inState(idOf(conversion, pixel), 'accepted');
    sandbox.setFaults({ tiktok: { lostAnswerMode: 'destroy' } });
    expect(attempts).toMatchObject([{ verdict: 'unknown' }, { verdict: 'accepted' }]);
    expect(attempts[0]?.durationMs).toBeGreaterThanOrEqual(1_900);
  });

  it('with 40002 ends as rejected, and is not repeated', async () => {
    const { siteId, chatId, pixel } = await newSite();
    const conversion = newConversion(siteId, chatId);
    sandbox.setFaults({ tiktok: { rejectEventIds: [tiktokEventIdOf(conversion.conversionId)] } });
    await publish(recordOf.conversion(conversion));
    const { attempts } = await inState(idOf(conversion, pixel), 'rejected');
    expect(attempts).toMatchObject([{ verdict: 'rejected', code: 40002, httpStatus: 200 }]);
    expect(attempts[0]?.message).toContain('Rejected by the sandbox');
  });

  it('is never repeated once 48 hours have passed since it may have been taken', async () => {
    const { siteId, chatId, pixel } = await newSite();
    sandbox.setFaults({ tiktok: { next: [{ fault: 'http429', times: 1 }], retryAfterSeconds: 600 } });
    const conversion = newConversion(siteId, chatId);
    await publish(recordOf.conversion(conversion));
    const { deliveryId } = await inState(idOf(conversion, pixel), 'retrying');
    // As if the service had been away for two days after an unanswered attempt.
    await database.query(
      `UPDATE delivery SET first_unknown_at = now() - interval '48 hours', next_attempt_at = now()
       WHERE delivery_id = $1`,
      [deliveryId],
    );
    const { attempts, note } = await inState(deliveryId, 'possibly-accepted');
    expect(note).toBe(NOTES.guard);
    expect(attempts).toHaveLength(1);
    expect(seen(conversion)).toMatchObject([{ received: 1 }]);
  });
});

describe('a pixel that TikTok refuses', () => {
  it('is paused with its deliveries, and goes on with a new token', async () => {
    const { siteId, chatId, pixel } = await newSite();
    sandbox.setFaults({ tiktok: { credentialErrors: { [pixel.pixelCode]: 40001 } } });
    const first = newConversion(siteId, chatId);
    await publish(recordOf.conversion(first));
    const refused = await inState(idOf(first, pixel), 'held');
    expect(refused.attempts).toMatchObject([{ verdict: 'refused', code: 40001, httpStatus: 200 }]);
    expect(refused.note).toContain('no permission for this pixel');

    const second = newConversion(siteId, chatId);
    await publish(recordOf.conversion(second));
    const waiting = await inState(idOf(second, pixel), 'held');
    expect(waiting.attempts).toEqual([]);
    expect(waiting.note).toContain('no permission for this pixel');

    const token = newToken();
    sandbox.tiktok.addPixel({ pixelCode: pixel.pixelCode, accessToken: token });
    sandbox.setFaults({ tiktok: { credentialErrors: { [pixel.pixelCode]: null } } });
    const renewed = newPixel(place.secretKeys, siteId, token, changed(pixel, { version: 2 }));
    await configure(renewed);
    expect((await inState(idOf(first, pixel), 'accepted')).attempts).toHaveLength(2);
    expect((await inState(idOf(second, pixel), 'accepted')).attempts).toHaveLength(1);
    for (const conversion of [first, second]) {
      expect(seen(conversion)).toMatchObject([{ accepted: 1, bodies: 1 }]);
    }
    await eventually(async () => {
      const states = (await updatesOf(idOf(first, pixel))).map(({ state }) => state);
      expect(states).toEqual(['queued', 'held', 'retrying', 'accepted']);
    });
  });

  it('because its token does not open is paused too, and nothing is sent', async () => {
    const siteId = randomUUID();
    const chatId = `-100${chats++}`;
    const token = newToken();
    const pixel = newPixel(newSecretKeys(), siteId, token);
    await configure(pixel, newChannel(siteId, chatId));
    const conversion = newConversion(siteId, chatId);
    await publish(recordOf.conversion(conversion));
    const { attempts } = await inState(idOf(conversion, pixel), 'held');
    expect(attempts).toMatchObject([{ verdict: 'refused' }]);
    expect(attempts[0]?.httpStatus).toBeUndefined();
    expect(seen(conversion)).toEqual([]);
  });

  it('paused by hand keeps its deliveries until it is resumed', async () => {
    const { siteId, chatId, pixel } = await newSite({ isPaused: true });
    const conversion = newConversion(siteId, chatId);
    await publish(recordOf.conversion(conversion));
    const held = await inState(idOf(conversion, pixel), 'held');
    expect(held.attempts).toEqual([]);
    await configure(changed(pixel, { version: 2, isPaused: false }));
    await inState(idOf(conversion, pixel), 'accepted');
  });
});

describe('a test event', () => {
  it('is shown at TikTok, and not counted', async () => {
    const { siteId, chatId, pixel } = await newSite({ testEventCode: 'TEST4711', wireFormat: '2.0' });
    const conversion = newConversion(siteId, chatId);
    await publish(recordOf.conversion(conversion));
    await inState(idOf(conversion, pixel), 'accepted');
    expect(seen(conversion)).toEqual([]);
    expect(sandbox.tiktok.testEvents().map(({ eventId }) => eventId)).toContain(
      tiktokEventIdOf(conversion.conversionId),
    );
  });
});

describe('GET /v1/deliveries/:id', () => {
  it.each([
    { id: randomUUID(), status: 404, why: 'is unknown' },
    { id: 'nonsense', status: 400, why: 'is no id' },
  ])('says $status when it $why', async ({ id, status }) => {
    const response = await fetch(`${dispatcher.url}/v1/deliveries/${id}`);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });
});

// Last in the file: it looks at what all tests before it have written.
describe('the access tokens', () => {
  it('are in no log line, no table, no topic, no answer and no metric', async () => {
    const tables = await database.query<{ tablename: string }[]>(
      `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`,
    );
    const places = [
      ...dispatcher.logLines,
      ...(await Promise.all(
        tables.map(async ({ tablename }) =>
          JSON.stringify(await database.query(`SELECT * FROM "${tablename}"`)),
        ),
      )),
      ...(
        await Promise.all(
          [topics.deliveryUpdated, topics.pixel].map(({ name }) => readAll(place.topicPrefix + name)),
        )
      )
        .flat()
        .map(({ value }) => String(value)),
      await (await fetch(`${dispatcher.url}/metrics`)).text(),
    ];
    expect(dispatcher.logLines.length).toBeGreaterThan(20);
    expect(places.join('').length).toBeGreaterThan(10_000);
    expect(tokens.length).toBeGreaterThan(5);
    for (const token of tokens) expect(places.filter((text) => text.includes(token))).toEqual([]);
  });
});
