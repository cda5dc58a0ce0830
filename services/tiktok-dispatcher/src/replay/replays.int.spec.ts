import { randomUUID } from 'node:crypto';
import { tiktokEventIdOf, type ConversionAttributed } from '@clickjoin/contracts';
import { eventually } from '@clickjoin/testing';
import { changed } from '../../test/invented';
import { World, type Site } from '../../test/world';
import type { RefusedReplay } from './replays';

const HOUR_MS = 3_600_000;
let world: World;

beforeAll(async () => {
  world = await World.start('replays', { REQUEST_TIMEOUT_MS: '2000' });
});
afterAll(() => world.end());

interface ReplayAnswer {
  readonly matched: number;
  readonly replayed?: number;
  readonly replayable?: number;
  readonly refusedCount: number;
  readonly refused: readonly RefusedReplay[];
}

const replay = (body: object): Promise<ReplayAnswer> => world.askFor('replays', body);

async function rejectedSite(
  count: number,
): Promise<{ site: Site; conversions: ConversionAttributed[]; deliveryIds: string[] }> {
  const site = await world.newSite();
  world.sandbox.tiktok.rejectWhen(({ pixelCode }) => pixelCode === site.pixel.pixelCode);
  const conversions = await world.convert(site, { count });
  const deliveryIds = conversions.map((conversion) => world.idOf(conversion, site));
  for (const deliveryId of deliveryIds) await world.inState(deliveryId, 'rejected');
  world.sandbox.tiktok.rejectWhen(() => false);
  return { site, conversions, deliveryIds };
}

describe('a replay', () => {
  it('tells first what it would do, does it once, and repeats the event as it was', async () => {
    const { site, conversions, deliveryIds } = await rejectedSite(3);
    const before = await world.detail(deliveryIds[0] ?? '');
    // A change of the channel is for later conversions.
    await world.configure(undefined, changed(site.channel, { version: 2, eventType: 'Purchase', value: 9 }));

    expect(await replay({ deliveryIds, dryRun: true })).toEqual({
      matched: 3,
      replayable: 3,
      refusedCount: 0,
      refused: [],
    });
    expect((await world.detail(deliveryIds[0] ?? '')).state).toBe('rejected');

    // Two people press the button at the same moment.
    const answers = await Promise.all([
      replay({ deliveryIds, dryRun: false }),
      replay({ deliveryIds, dryRun: false }),
    ]);
    expect(answers.map(({ replayed }) => replayed).sort()).toEqual([0, 3]);
    for (const deliveryId of deliveryIds) await world.inState(deliveryId, 'accepted');
    const after = await world.detail(deliveryIds[0] ?? '');
    expect(after.request).toEqual(before.request);
    expect(after.eventId).toBe(before.eventId);
    for (const conversion of conversions)
      expect(world.seen(conversion)).toMatchObject([{ accepted: 1, bodies: 1, duplicatesDropped: 0 }]);

    const again = await replay({ deliveryIds, dryRun: false });
    expect(again).toMatchObject({ matched: 3, replayed: 0, refusedCount: 3 });
    expect(again.refused[0]).toMatchObject({ reason: 'already-accepted', conversionId: expect.any(String) });
  });

  it('of a range takes what fits all of the filter', async () => {
    const { site, conversions, deliveryIds } = await rejectedSite(2);
    await rejectedSite(1);
    const filter = { siteId: site.siteId, pixelId: site.pixel.pixelId, chatId: site.chatId };
    const joinedAt = Date.parse(conversions[0]?.joinedAt ?? '');
    const from = (ms: number): string => new Date(joinedAt + ms).toISOString();
    for (const [narrower, matched] of [
      [{}, 2],
      [{ states: ['rejected'] }, 2],
      [{ states: ['accepted', 'held'] }, 0],
      [{ joinedFrom: from(-10_000), joinedTo: from(10_000) }, 2],
      [{ joinedFrom: from(10_000) }, 0],
      [{ joinedTo: from(-10_000) }, 0],
    ] as const) {
      expect(await replay({ filter: { ...filter, ...narrower }, dryRun: true })).toMatchObject({
        matched,
        replayable: matched,
      });
    }
    expect(await replay({ filter, dryRun: false })).toMatchObject({ matched: 2, replayed: 2 });
    for (const deliveryId of deliveryIds) await world.inState(deliveryId, 'accepted');
  });

  it('goes page by page through more than a page', async () => {
    const { site, deliveryIds } = await rejectedSite(1);
    // Copies of the row, as many as make three pages.
    await world.query(
      `INSERT INTO delivery
       SELECT (jsonb_populate_record(d, jsonb_build_object(
         'delivery_id', gen_random_uuid(), 'conversion_id', gen_random_uuid(), 'event_id', 'copy_' || n))).*
       FROM delivery d, generate_series(1, 1100) n WHERE d.delivery_id = $1`,
      [deliveryIds[0]],
    );
    const filter = { siteId: site.siteId };
    expect(await replay({ filter, dryRun: true })).toMatchObject({ matched: 1101, replayable: 1101 });
    await world.query(`UPDATE delivery SET state = 'accepted' WHERE site_id = $1`, [site.siteId]);
    const refused = await replay({ filter, dryRun: false });
    expect(refused).toMatchObject({ matched: 1101, replayed: 0, refusedCount: 1101 });
    expect(refused.refused).toHaveLength(100);
  });

  it('refuses what TikTok may count twice, and what could not be counted, and says so', async () => {
    const { deliveryIds } = await rejectedSite(4);
    const [guarded, old, fresh, erased] = deliveryIds;
    const hours = (n: number): string => new Date(Date.now() - n * HOUR_MS).toISOString();
    await world.query(
      `UPDATE delivery SET state = 'possibly-accepted', first_unknown_at = $2 WHERE delivery_id = $1`,
      [guarded, hours(48)],
    );
    await world.query(`UPDATE delivery SET state = 'expired', joined_at = $2 WHERE delivery_id = $1`, [
      old,
      hours(24 * 7 + 1),
    ]);
    await world.query(`UPDATE delivery SET first_unknown_at = $2 WHERE delivery_id = $1`, [fresh, hours(47)]);
    await world.query(`UPDATE delivery SET event_json = NULL, erased_at = now() WHERE delivery_id = $1`, [
      erased,
    ]);
    const unknown = randomUUID();
    const answer = await replay({ deliveryIds: [...deliveryIds, unknown], dryRun: false });
    expect(answer).toMatchObject({ matched: 5, replayed: 1, refusedCount: 4 });
    const byId = new Map(answer.refused.map((one) => [one.deliveryId, one]));
    expect(byId.get(guarded ?? '')).toMatchObject({
      reason: 'dedup-window-over',
      explanation: expect.stringContaining('48 hours'),
    });
    expect(byId.get(old ?? '')).toMatchObject({ reason: 'too-old' });
    expect(byId.get(erased ?? '')).toMatchObject({ reason: 'request-erased' });
    expect(byId.get(unknown)).toMatchObject({ reason: 'unknown-delivery' });
    await world.inState(fresh ?? '', 'accepted');
    expect((await world.detail(guarded ?? '')).state).toBe('possibly-accepted');
  });

  it('of a paused pixel is refused, and of one that waits by itself too', async () => {
    const { site, deliveryIds } = await rejectedSite(1);
    world.sandbox.setFaults({ tiktok: { credentialErrors: { [site.pixel.pixelCode]: 40105 } } });
    const conversion = await world.convertOne(site);
    const held = world.idOf(conversion, site);
    await world.inState(held, 'held');
    const answer = await replay({ deliveryIds: [...deliveryIds, held], dryRun: false });
    expect(answer.refused.map(({ reason }) => reason)).toEqual(['pixel-paused', 'pixel-paused']);
    world.sandbox.setFaults({ tiktok: { credentialErrors: { [site.pixel.pixelCode]: null } } });
  });

  it('lets go what is held since a database was lost only when somebody knows that it was never sent', async () => {
    const site = await world.newSite();
    const conversion = await world.convertOne(site);
    const deliveryId = world.idOf(conversion, site);
    await world.inState(deliveryId, 'accepted');
    // As decideEntry begins a delivery that an earlier database may have had sent.
    const logged = new Date(Date.now() - 72 * HOUR_MS).toISOString();
    await world.query('DELETE FROM attempt WHERE delivery_id = $1', [deliveryId]);
    await world.query(
      `UPDATE delivery SET state = 'held', needs_person = true, attempts = 0, logged_at = $2, joined_at = $2,
                           first_unknown_at = $2, note = 'held' WHERE delivery_id = $1`,
      [deliveryId, logged],
    );
    expect((await replay({ deliveryIds: [deliveryId], dryRun: false })).refused).toMatchObject([
      { reason: 'dedup-window-over' },
    ]);
    expect(await replay({ deliveryIds: [deliveryId], dryRun: false, confirmedUnsent: true })).toMatchObject({
      replayed: 1,
    });
    await world.inState(deliveryId, 'accepted');
  });

  it.each([
    { what: 'neither ids nor a filter', body: { dryRun: true } },
    { what: 'both', body: { dryRun: true, deliveryIds: [randomUUID()], filter: {} } },
    { what: 'no word on whether it is meant', body: { filter: {} } },
    { what: 'an unknown field', body: { dryRun: true, filter: { site: 'x' } } },
    { what: 'no id', body: { dryRun: true, deliveryIds: ['x'] } },
    { what: 'an unknown state', body: { dryRun: true, filter: { states: ['lost'] } } },
  ])('with $what is refused', async ({ body }) => {
    expect((await world.ask('replays', body)).status).toBe(400);
  });

  it('is told as any other change', async () => {
    const { site, conversions, deliveryIds } = await rejectedSite(1);
    await replay({ deliveryIds, dryRun: false });
    const deliveryId = deliveryIds[0] ?? '';
    await world.inState(deliveryId, 'accepted');
    await eventually(async () => {
      const updates = await world.updatesOf(deliveryId);
      expect(updates.map(({ state }) => state)).toEqual(['queued', 'rejected', 'retrying', 'accepted']);
      expect(updates.at(-1)?.matchQuality).toMatchObject({ level: 'high' });
    });
    const [conversion] = conversions;
    expect(world.sandbox.tiktok.events().map(({ eventId }) => eventId)).toContain(
      tiktokEventIdOf(conversion?.conversionId ?? ''),
    );
    expect(site.pixel.pixelId).toBeDefined();
  });
});
