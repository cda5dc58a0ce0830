import { randomUUID } from 'node:crypto';
import { tiktokEventIdOf, topics } from '@clickjoin/contracts';
import { eventually, readAll } from '@clickjoin/testing';
import { newSecretKeys } from '../../test/dispatcher';
import { changed, newConversion, newPixel, newChannel, recordOf } from '../../test/invented';
import { World } from '../../test/world';
import { NOTES } from '../retry-policy/retry-policy';

/** Each test has a site, a channel and a pixel of its own; they share the service and the sandbox. */
let world: World;

beforeAll(async () => {
  world = await World.start('deliver', { REQUEST_TIMEOUT_MS: '2000' });
});
afterAll(() => world.end());

afterEach(() => {
  // A test that leaves a scripted fault behind would spoil the next one.
  expect(world.sandbox.faults().tiktok.next).toEqual([]);
});

describe('a conversion', () => {
  it('is accepted by TikTok, and everybody hears of it', async () => {
    const site = await world.newSite();
    const { pixel } = site;
    const conversion = await world.convertOne(site);

    const delivery = await world.inState(world.idOf(conversion, { pixel }), 'accepted');
    expect(delivery).toMatchObject({
      eventId: `adtarget_${conversion.conversionId}`,
      request: {
        eventName: 'CompleteRegistration',
        wireFormat: '1.0',
        url: `${world.place.tiktokApiUrl}/pixel/track/`,
      },
      attempts: [{ number: 1, verdict: 'accepted', code: 0, httpStatus: 200, message: 'OK' }],
    });
    expect(world.seen(conversion)).toMatchObject([{ accepted: 1, received: 1, bodies: 1 }]);

    const updates = await eventually(async () => {
      const found = await world.updatesOf(delivery.deliveryId);
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
    const site = await world.newSite();
    const { siteId, pixel } = site;
    const token = world.newToken();
    const second = newPixel(world.place.secretKeys, siteId, token, { wireFormat: '2.0' });
    world.sandbox.tiktok.addPixel({ pixelCode: second.pixelCode, accessToken: token });
    await world.configure(second);
    const conversion = await world.convertOne(site);

    expect((await world.inState(world.idOf(conversion, { pixel }), 'accepted')).request?.url).toMatch(
      /\/pixel\/track\/$/,
    );
    expect((await world.inState(world.idOf(conversion, { pixel: second }), 'accepted')).request?.url).toMatch(
      /\/event\/track\/$/,
    );
    expect(
      world
        .seen(conversion)
        .map(({ pixelCode }) => pixelCode)
        .sort(),
    ).toEqual([pixel.pixelCode, second.pixelCode].sort());
  });

  it('is delivered once, however often it is reported', async () => {
    const { siteId, chatId, pixel } = await world.newSite();
    const conversion = newConversion(siteId, chatId);
    const marker = newConversion(siteId, chatId);
    const copy = recordOf.conversion(conversion);
    await world.publish(copy, copy);
    await world.inState(world.idOf(conversion, { pixel }), 'accepted');
    await world.publish(copy, recordOf.conversion(marker));
    await world.inState(world.idOf(marker, { pixel }), 'accepted');
    // The marker's partition may be another one, so the copies' fate is read from the offsets.
    await eventually(async () => {
      const [row] = await world.query<{ sum: string }[]>(
        `SELECT sum(next_offset) FROM consumer_offset WHERE topic = $1`,
        [topics.conversionAttributed.name],
      );
      const records = await readAll(world.place.topicPrefix + topics.conversionAttributed.name);
      expect(Number(row?.sum)).toBe(records.length);
    });
    expect((await world.detail(world.idOf(conversion, { pixel }))).attempts).toHaveLength(1);
    expect(world.seen(conversion)).toMatchObject([{ received: 1, accepted: 1 }]);
  });

  it('of a site without pixels is skipped, with the reason', async () => {
    const conversion = newConversion(randomUUID(), '-1009999999999');
    await world.publish(recordOf.conversion(conversion));
    await eventually(async () => {
      const text = await world.metrics();
      expect(text).toMatch(/clickjoin_dispatcher_conversions_skipped_total\{[^}]*reason="no-pixel"[^}]*\} 1/);
    });
    const rows = await world.query('SELECT 1 FROM delivery WHERE conversion_id = $1', [
      conversion.conversionId,
    ]);
    expect(rows).toEqual([]);
  });
});

describe('an attempt that TikTok does not take', () => {
  it('with HTTP 200 and code 50000 is repeated, and accepted', async () => {
    const site = await world.newSite();
    const { pixel } = site;
    world.sandbox.setFaults({ tiktok: { next: [{ fault: 'code50000', times: 2 }] } });
    const conversion = await world.convertOne(site);
    const { attempts } = await world.inState(world.idOf(conversion, { pixel }), 'accepted');
    expect(attempts).toMatchObject([
      { verdict: 'failed', code: 50000, httpStatus: 200 },
      { verdict: 'failed', code: 50000, httpStatus: 200 },
      { verdict: 'accepted', code: 0 },
    ]);
    expect(world.seen(conversion)).toMatchObject([{ received: 3, accepted: 1, bodies: 1 }]);
  });

  it('waits as long as Retry-After says, and sends the same bytes though the settings have changed', async () => {
    const site = await world.newSite();
    const { channel, pixel } = site;
    world.sandbox.setFaults({ tiktok: { next: [{ fault: 'http429', times: 1 }], retryAfterSeconds: 1 } });
    const conversion = await world.convertOne(site);
    const first = await world.inState(world.idOf(conversion, { pixel }), 'retrying');
    await world.configure(undefined, changed(channel, { version: 2, eventType: 'Purchase', value: 99 }));

    const last = await world.inState(world.idOf(conversion, { pixel }), 'accepted');
    expect(last.request).toEqual(first.request);
    expect(last.attempts).toMatchObject([
      { verdict: 'throttled', code: 40100, httpStatus: 429 },
      { verdict: 'accepted' },
    ]);
    const [one, two] = last.attempts.map(({ startedAt }) => Date.parse(startedAt));
    expect(two! - one!).toBeGreaterThanOrEqual(1_000);
    expect(world.seen(conversion)).toMatchObject([{ event: 'CompleteRegistration', bodies: 1, received: 2 }]);
  });

  it.each(['lostAnswer', 'truncatedJson'] as const)(
    'but has counted (%s) is repeated with the same bytes, and counted once',
    async (fault) => {
      const site = await world.newSite();
      const { pixel } = site;
      world.sandbox.setFaults({ tiktok: { next: [{ fault, times: 1 }] } });
      const conversion = await world.convertOne(site);
      const { attempts, firstUnknownAt } = await world.inState(world.idOf(conversion, { pixel }), 'accepted');
      expect(attempts).toMatchObject([{ verdict: 'unknown' }, { verdict: 'accepted' }]);
      expect(firstUnknownAt).toBe(attempts[0]?.startedAt);
      expect(world.seen(conversion)).toMatchObject([
        { received: 2, accepted: 1, duplicatesDropped: 1, bodies: 1 },
      ]);
    },
  );

  it('when the answer never comes is repeated after the time-out', async () => {
    const site = await world.newSite();
    const { pixel } = site;
    world.sandbox.setFaults({
      tiktok: { next: [{ fault: 'lostAnswer', times: 1 }], lostAnswerMode: 'withhold' },
    });
    const conversion = await world.convertOne(site);
    const { attempts } = await world.inState(world.idOf(conversion, { pixel }), 'accepted');
    world.sandbox.setFaults({ tiktok: { lostAnswerMode: 'destroy' } });
    expect(attempts).toMatchObject([{ verdict: 'unknown' }, { verdict: 'accepted' }]);
    expect(attempts[0]?.durationMs).toBeGreaterThanOrEqual(1_900);
  });

  it('with 40002 ends as rejected, and is not repeated', async () => {
    const { siteId, chatId, pixel } = await world.newSite();
    const conversion = newConversion(siteId, chatId);
    world.sandbox.setFaults({ tiktok: { rejectEventIds: [tiktokEventIdOf(conversion.conversionId)] } });
    await world.publish(recordOf.conversion(conversion));
    const { attempts } = await world.inState(world.idOf(conversion, { pixel }), 'rejected');
    expect(attempts).toMatchObject([{ verdict: 'rejected', code: 40002, httpStatus: 200 }]);
    expect(attempts[0]?.message).toContain('Rejected by the sandbox');
  });

  it('is never repeated once 48 hours have passed since it may have been taken', async () => {
    const site = await world.newSite();
    const { pixel } = site;
    world.sandbox.setFaults({ tiktok: { next: [{ fault: 'http429', times: 1 }], retryAfterSeconds: 600 } });
    const conversion = await world.convertOne(site);
    const { deliveryId } = await world.inState(world.idOf(conversion, { pixel }), 'retrying');
    // As if the service had been away for two days after an unanswered attempt.
    await world.query(
      `UPDATE delivery SET first_unknown_at = now() - interval '48 hours', next_attempt_at = now()
       WHERE delivery_id = $1`,
      [deliveryId],
    );
    const { attempts, note } = await world.inState(deliveryId, 'possibly-accepted');
    expect(note).toBe(NOTES.guard);
    expect(attempts).toHaveLength(1);
    expect(world.seen(conversion)).toMatchObject([{ received: 1 }]);
  });
});

describe('a pixel that TikTok refuses', () => {
  it('is paused with its deliveries, and goes on with a new token', async () => {
    const site = await world.newSite();
    const { siteId, pixel } = site;
    world.sandbox.setFaults({ tiktok: { credentialErrors: { [pixel.pixelCode]: 40001 } } });
    const first = await world.convertOne(site);
    const refused = await world.inState(world.idOf(first, { pixel }), 'held');
    expect(refused.attempts).toMatchObject([{ verdict: 'refused', code: 40001, httpStatus: 200 }]);
    expect(refused.note).toContain('no permission for this pixel');

    const second = await world.convertOne(site);
    const waiting = await world.inState(world.idOf(second, { pixel }), 'held');
    expect(waiting.attempts).toEqual([]);
    expect(waiting.note).toContain('no permission for this pixel');

    const token = world.newToken();
    world.sandbox.tiktok.addPixel({ pixelCode: pixel.pixelCode, accessToken: token });
    world.sandbox.setFaults({ tiktok: { credentialErrors: { [pixel.pixelCode]: null } } });
    const renewed = newPixel(world.place.secretKeys, siteId, token, changed(pixel, { version: 2 }));
    await world.configure(renewed);
    expect((await world.inState(world.idOf(first, { pixel }), 'accepted')).attempts).toHaveLength(2);
    expect((await world.inState(world.idOf(second, { pixel }), 'accepted')).attempts).toHaveLength(1);
    for (const conversion of [first, second]) {
      expect(world.seen(conversion)).toMatchObject([{ accepted: 1, bodies: 1 }]);
    }
    await eventually(async () => {
      const states = (await world.updatesOf(world.idOf(first, { pixel }))).map(({ state }) => state);
      expect(states).toEqual(['queued', 'held', 'retrying', 'accepted']);
    });
  });

  it('because its token does not open is paused too, and nothing is sent', async () => {
    const siteId = randomUUID();
    const chatId = '-1000000000077';
    const pixel = newPixel(newSecretKeys(), siteId, world.newToken());
    await world.configure(pixel, newChannel(siteId, chatId));
    const conversion = await world.convertOne({ siteId, chatId });
    const { attempts } = await world.inState(world.idOf(conversion, { pixel }), 'held');
    expect(attempts).toMatchObject([{ verdict: 'refused' }]);
    expect(attempts[0]?.httpStatus).toBeUndefined();
    expect(world.seen(conversion)).toEqual([]);
  });
});

describe('a test event', () => {
  it('is shown at TikTok, and not counted', async () => {
    const site = await world.newSite({ testEventCode: 'TEST4711', wireFormat: '2.0' });
    const { pixel } = site;
    const conversion = await world.convertOne(site);
    await world.inState(world.idOf(conversion, { pixel }), 'accepted');
    expect(world.seen(conversion)).toEqual([]);
    expect(world.sandbox.tiktok.testEvents().map(({ eventId }) => eventId)).toContain(
      tiktokEventIdOf(conversion.conversionId),
    );
  });
});

describe('GET /v1/deliveries/:id', () => {
  it.each([
    { id: randomUUID(), status: 404, why: 'is unknown' },
    { id: 'nonsense', status: 400, why: 'is no id' },
  ])('says $status when it $why', async ({ id, status }) => {
    const response = await world.ask(`deliveries/${id}`);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });
});
