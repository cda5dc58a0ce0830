import { randomUUID } from 'node:crypto';
import { eventually } from '@clickjoin/testing';
import { World, type Site } from '../../test/world';
import { changed } from '../../test/invented';
import type { PixelTest } from '../test-pixel/pixel-tests';
import type { PixelStatus } from './pixel-status.store';

let world: World;

beforeAll(async () => {
  world = await World.start('pixels', { REQUEST_TIMEOUT_MS: '2000' });
});
afterAll(() => world.end());

/** A pixel that TikTok has refused, with a delivery that was tried and one that was not. */
async function refusedSite(code = 40001): Promise<{ site: Site; deliveryIds: string[] }> {
  const site = await world.newSite({ testEventCode: '' });
  world.sandbox.setFaults({ tiktok: { credentialErrors: { [site.pixel.pixelCode]: code } } });
  const first = await world.convertOne(site);
  await world.inState(world.idOf(first, site), 'held');
  const second = await world.convertOne(site);
  await world.inState(world.idOf(second, site), 'held');
  return { site, deliveryIds: [first, second].map((conversion) => world.idOf(conversion, site)) };
}

const heal = ({ pixel }: Site): void => {
  world.sandbox.setFaults({ tiktok: { credentialErrors: { [pixel.pixelCode]: null } } });
};

const statusOf = ({ pixel }: Site): Promise<PixelStatus> => world.askFor(`pixels/${pixel.pixelId}`);

describe('a pixel', () => {
  it('that works is active, and nothing waits for it', async () => {
    expect(await statusOf(await world.newSite())).toEqual({ state: 'active', waiting: 0 });
  });

  it('that TikTok refuses is paused, says why, and counts what waits', async () => {
    const { site, deliveryIds } = await refusedSite();
    const status = await statusOf(site);
    expect(status).toMatchObject({ state: 'paused', reason: 'refused', code: 40001, waiting: 2 });
    expect(status.explanation).toContain('no permission for this pixel');
    expect(status.message).toContain('Refused by the sandbox');
    const { joinedAt } = await world.detail(deliveryIds[0] ?? '');
    expect(status.oldestWaitingAt).toBe(joinedAt);
    await eventually(async () => {
      expect(await world.pixelChanges(site.pixel.pixelId)).toMatchObject([
        { state: 'paused', reason: 'refused', code: 40001, siteId: site.siteId },
      ]);
    });
  });

  it.each([
    {
      by: 'a new token',
      resume: async ({ pixel }: Site) => {
        await world.renewToken(pixel);
      },
    },
    {
      by: 'hand',
      resume: async ({ pixel }: Site) => {
        const response = await world.ask(`pixels/${pixel.pixelId}/resume`, {});
        expect(response.status).toBe(200);
        expect(await response.json()).toMatchObject({ state: 'active' });
      },
    },
    {
      by: 'an accepted test event',
      resume: async ({ pixel }: Site) => {
        const answer = await world.askFor<PixelTest>(`pixels/${pixel.pixelId}/test`, {
          testEventCode: 'TEST1234',
        });
        expect(answer).toMatchObject({ verdict: 'accepted', code: 0, httpStatus: 200, isResumed: true });
      },
    },
  ])('is resumed by $by, and what waits goes, oldest first', async ({ resume }) => {
    const { site, deliveryIds } = await refusedSite();
    heal(site);
    await resume(site);
    const details = [];
    for (const deliveryId of deliveryIds) details.push(await world.inState(deliveryId, 'accepted'));
    const [first, second] = details.map(({ attempts }) => Date.parse(attempts.at(-1)?.startedAt ?? ''));
    expect(first).toBeLessThanOrEqual(second ?? 0);
    await eventually(async () => {
      expect(await world.pixelChanges(site.pixel.pixelId)).toMatchObject([
        { state: 'paused' },
        { state: 'active' },
      ]);
    });
    expect(await statusOf(site)).toEqual({ state: 'active', waiting: 0 });
  });

  it('stays paused when a test event is refused, and shows TikTok’s answer', async () => {
    const { site } = await refusedSite(40105);
    const answer = await world.askFor<PixelTest>(`pixels/${site.pixel.pixelId}/test`, {
      testEventCode: 'TEST1234',
    });
    expect(answer).toMatchObject({
      verdict: 'refused',
      code: 40105,
      httpStatus: 200,
      isResumed: false,
      request: { url: `${world.place.tiktokApiUrl}/pixel/track/`, headers: { 'access-token': '(hidden)' } },
    });
    expect(JSON.parse(answer.rawAnswer ?? '')).toMatchObject({ code: 40105 });
    expect(JSON.parse(answer.request.body)).toMatchObject({ test_event_code: 'TEST1234' });
    expect(answer.explanation).toContain('token');
    expect(await statusOf(site)).toMatchObject({ state: 'paused', code: 40105 });
  });

  it('paused by hand is not resumed by a test event, nor by a resume', async () => {
    const site = await world.newSite({ isPaused: true });
    await eventually(async () =>
      expect(await statusOf(site)).toMatchObject({ state: 'paused', reason: 'by-hand' }),
    );
    expect(await world.askFor(`pixels/${site.pixel.pixelId}/test`, { testEventCode: 'TEST1' })).toMatchObject(
      { verdict: 'accepted', isResumed: false },
    );
    expect((await world.ask(`pixels/${site.pixel.pixelId}/resume`, {})).status).toBe(409);
    expect(await statusOf(site)).toMatchObject({ state: 'paused', reason: 'by-hand' });
    await world.configure(changed(site.pixel, { version: 2, isPaused: false }));
    await eventually(async () => expect(await statusOf(site)).toMatchObject({ state: 'active' }));
  });

  it('is not tested without a test event code, since the event would count', async () => {
    const site = await world.newSite();
    const response = await world.ask(`pixels/${site.pixel.pixelId}/test`, {});
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('test event code') });
    expect(
      world.sandbox.tiktok.events().filter(({ pixelCode }) => pixelCode === site.pixel.pixelCode),
    ).toEqual([]);
  });

  it('that nobody knows is not found', async () => {
    for (const path of [`pixels/${randomUUID()}`]) expect((await world.ask(path)).status).toBe(404);
    for (const what of ['resume', 'test'])
      expect((await world.ask(`pixels/${randomUUID()}/${what}`, {})).status).toBe(404);
  });
});

describe('the internal API', () => {
  it('answers nobody without its token', async () => {
    const { url } = world.dispatcher;
    for (const path of [`deliveries/${randomUUID()}`, `pixels/${randomUUID()}`])
      expect((await fetch(`${url}/v1/${path}`)).status).toBe(401);
    for (const path of [
      'replays',
      'event-previews',
      `pixels/${randomUUID()}/resume`,
      `pixels/${randomUUID()}/test`,
    ])
      expect((await fetch(`${url}/v1/${path}`, { method: 'POST' })).status).toBe(401);
  });

  it.each([
    { wireFormat: '1.0', path: '/pixel/track/', field: '"pixel_code":"YOURPIXELCODE"' },
    { wireFormat: '2.0', path: '/event/track/', field: '"event_source_id":"YOURPIXELCODE"' },
  ])('shows what a channel would report in $wireFormat', async ({ wireFormat, path, field }) => {
    const preview = await world.askFor<{ eventName: string; path: string; body: string }>('event-previews', {
      channel: { eventType: 'Lead', value: 3, currency: 'EUR', title: 'Invented club' },
      wireFormat,
    });
    expect(preview).toMatchObject({ eventName: 'SubmitForm', path });
    expect(preview.body).toContain(field);
    expect(preview.body).toContain('"value":3,"currency":"EUR","content_name":"Invented club"');
  });

  it('shows no event without a name', async () => {
    const response = await world.ask('event-previews', {
      channel: { eventType: 'Custom', title: 'Invented club' },
      wireFormat: '1.0',
    });
    expect(response.status).toBe(422);
  });
});
