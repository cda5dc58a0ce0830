import { encode, topics } from '@clickjoin/contracts';
import { eventually, produce } from '@clickjoin/testing';
import { changed, newChannel, recordOf } from '../../test/invented';
import { World, type Site } from '../../test/world';
import type { PixelStatus } from '../pause-pixel/pixel-status.store';
import { CHANNEL_NOTE } from './awaited-channels.store';

const PURCHASE = { eventType: 'Purchase', value: 12.5, currency: 'EUR', contentName: 'Spring' } as const;
const SENT_PURCHASE = { value: 12.5, currency: 'EUR', content_name: 'Spring' };
const DAY_MS = 24 * 3_600_000;
let world: World;

beforeAll(async () => {
  world = await World.start('awaited-channels', { REQUEST_TIMEOUT_MS: '3000' });
});
afterAll(() => world.end());

/** As the dashboard does when a set-up is removed, or moves to the id of a supergroup. */
async function removeSetUp({ chatId }: Site): Promise<void> {
  await produce(world.place.topicPrefix + topics.channel.name, [{ key: chatId, value: null }]);
  await eventually(() => expect(world.dispatcher.channels.get(chatId)).toBeUndefined());
}

const pause = (site: Site): Promise<void> =>
  world.configure(changed(site.pixel, { version: 2, isPaused: true }));
const resume = (site: Site): Promise<void> =>
  world.configure(changed(site.pixel, { version: 3, isPaused: false }));

const untilPixelIs = ({ pixel }: Site, state: PixelStatus['state']): Promise<void> =>
  eventually(async () => {
    expect((await world.askFor<PixelStatus>(`pixels/${pixel.pixelId}`)).state).toBe(state);
  });

/** What TikTok got. */
async function sentFor(deliveryId: string): Promise<{ eventName: string; properties: object }> {
  const { request } = await world.inState(deliveryId, 'accepted');
  if (request === undefined) throw new Error('it was sent without a request');
  const { properties } = JSON.parse(request.body) as { properties: object };
  return { eventName: request.eventName, properties };
}

describe('a delivery that waits for its pixel', () => {
  it.each([
    { what: 'removed', then: removeSetUp },
    {
      what: 'changed',
      then: ({ channel }: Site): Promise<void> =>
        world.configure(undefined, changed(channel, { version: 3, eventType: 'Lead', value: 1 })),
    },
  ])(
    'is sent as its channel was set up when it was queued, though that was $what since',
    async ({ then }) => {
      const site = await world.newSite();
      await world.configure(undefined, changed(site.channel, { version: 2, ...PURCHASE }));
      await pause(site);
      const deliveryId = world.idOf(await world.convertOne(site), site);
      await world.inState(deliveryId, 'held');
      await then(site);
      await resume(site);
      expect(await sentFor(deliveryId)).toEqual({ eventName: 'Purchase', properties: SENT_PURCHASE });
    },
  );

  it('and was queued by the version before is sent as its channel is set up now', async () => {
    const site = await world.newSite();
    await pause(site);
    const deliveryId = world.idOf(await world.convertOne(site), site);
    await world.inState(deliveryId, 'held');
    await world.query('UPDATE delivery SET channel_event = NULL WHERE delivery_id = $1', [deliveryId]);
    await world.configure(undefined, changed(site.channel, { version: 2, ...PURCHASE }));
    await resume(site);
    expect(await sentFor(deliveryId)).toEqual({ eventName: 'Purchase', properties: SENT_PURCHASE });
  });
});

describe('a delivery of a channel that is not set up', () => {
  it('is held, says why, and goes by itself as soon as the set-up is there', async () => {
    const site = await world.newSite();
    await removeSetUp(site);
    const conversion = await world.convertOne(site);
    const deliveryId = world.idOf(conversion, site);
    expect(await world.inState(deliveryId, 'held')).toMatchObject({ note: CHANNEL_NOTE, attempts: [] });

    // Nothing else lets it go.
    expect(await world.askFor('replays', { deliveryIds: [deliveryId], dryRun: false })).toMatchObject({
      replayed: 0,
      refused: [{ reason: 'already-waiting' }],
    });
    await pause(site);
    await untilPixelIs(site, 'paused');
    await resume(site);
    await untilPixelIs(site, 'active');
    expect(await world.inState(deliveryId, 'held')).toMatchObject({ note: CHANNEL_NOTE });
    expect(world.seen(conversion)).toEqual([]);

    await world.configure(
      undefined,
      newChannel(site.siteId, site.chatId, {
        ...PURCHASE,
        version: 4,
        configuredAt: new Date().toISOString(),
      }),
    );
    expect(await sentFor(deliveryId)).toEqual({ eventName: 'Purchase', properties: SENT_PURCHASE });
    expect(world.seen(conversion)).toMatchObject([{ event: 'Purchase', accepted: 1, received: 1 }]);
    await eventually(async () => {
      const updates = await world.updatesOf(deliveryId);
      expect(updates.map(({ state, revision }) => ({ state, revision }))).toEqual([
        { state: 'queued', revision: 1 },
        { state: 'held', revision: 2 },
        { state: 'queued', revision: 3 },
        { state: 'accepted', revision: 4 },
      ]);
      expect(updates.map(({ note }) => note)).toEqual([undefined, CHANNEL_NOTE, undefined, undefined]);
    });
  });

  it('does not keep those of other channels waiting, and ends when it is too old or its person is forgotten', async () => {
    const site = await world.newSite();
    await removeSetUp(site);
    const [old, forgotten] = await world.convert(site, { count: 2 });
    if (old === undefined || forgotten === undefined) throw new Error('there are two');
    for (const conversion of [old, forgotten]) await world.inState(world.idOf(conversion, site), 'held');
    const another = { siteId: site.siteId, chatId: `${site.chatId}7` };
    await world.configure(undefined, newChannel(another.siteId, another.chatId));
    await world.inState(world.idOf(await world.convertOne(another), site), 'accepted');

    await world.query('UPDATE delivery SET joined_at = $2 WHERE delivery_id = $1', [
      world.idOf(old, site),
      new Date(Date.now() - 8 * DAY_MS).toISOString(),
    ]);
    await world.inState(world.idOf(old, site), 'expired');
    const { person, joinId, conversionId } = forgotten;
    const erased = {
      telegramUserId: person.telegramUserId,
      erasedAt: new Date().toISOString(),
      joinIds: [joinId],
      conversionIds: [conversionId],
      clickIds: [],
    };
    await world.publish(encode(topics.personErased, erased, { source: 'spec' }));
    await world.inState(world.idOf(forgotten, site), 'expired');
    expect([...world.seen(old), ...world.seen(forgotten)]).toEqual([]);
  });
});

describe('a delivery of a group that has become a supergroup', () => {
  /** The group under its old id, whose set-up has gone, and what the dashboard does with it. */
  async function migratingSite(): Promise<{
    readonly site: Site;
    migrate(): Promise<void>;
    setUpAnew(): Promise<void>;
  }> {
    const site = await world.newSite();
    await removeSetUp(site);
    const toChatId = `${site.chatId}9`;
    return {
      site,
      migrate: async () => {
        await world.publish(
          recordOf.migration({
            botId: '123456',
            fromChatId: site.chatId,
            toChatId,
            migratedAt: new Date().toISOString(),
          }),
        );
        await eventually(() => expect(world.dispatcher.migrations.get(site.chatId)?.toChatId).toBe(toChatId));
      },
      setUpAnew: () => world.configure(undefined, newChannel(site.siteId, toChatId, PURCHASE)),
    };
  }

  const toldOf = async (deliveryId: string): Promise<string[]> =>
    (await world.updatesOf(deliveryId)).map(({ state }) => state);

  it('goes at once by the set-up of the supergroup when both are known', async () => {
    const { site, migrate, setUpAnew } = await migratingSite();
    await setUpAnew();
    await migrate();
    const conversion = await world.convertOne(site);
    const deliveryId = world.idOf(conversion, site);
    expect(await sentFor(deliveryId)).toEqual({ eventName: 'Purchase', properties: SENT_PURCHASE });
    await eventually(async () => expect(await toldOf(deliveryId)).toEqual(['queued', 'accepted']));
    expect(world.seen(conversion)).toMatchObject([{ accepted: 1, received: 1 }]);
  });

  it.each([
    { first: 'migration', last: 'set-up' },
    { first: 'set-up', last: 'migration' },
  ])('is held until the $last is read, when the $first came before it', async ({ first }) => {
    const { site, migrate, setUpAnew } = await migratingSite();
    const steps = first === 'migration' ? ([migrate, setUpAnew] as const) : ([setUpAnew, migrate] as const);
    const conversion = await world.convertOne(site);
    const deliveryId = world.idOf(conversion, site);
    await world.inState(deliveryId, 'held');
    await steps[0]();
    expect(await world.detail(deliveryId)).toMatchObject({ state: 'held', note: CHANNEL_NOTE });
    await steps[1]();
    expect(await sentFor(deliveryId)).toEqual({ eventName: 'Purchase', properties: SENT_PURCHASE });
    await eventually(async () =>
      expect(await toldOf(deliveryId)).toEqual(['queued', 'held', 'queued', 'accepted']),
    );
    expect(world.seen(conversion)).toMatchObject([{ accepted: 1, received: 1 }]);
  });

  it('goes by the set-up of the supergroup also after a restart', async () => {
    const { site, migrate, setUpAnew } = await migratingSite();
    await setUpAnew();
    await migrate();
    await world.stopService();
    await world.startService();
    const deliveryId = world.idOf(await world.convertOne(site), site);
    expect(await sentFor(deliveryId)).toEqual({ eventName: 'Purchase', properties: SENT_PURCHASE });
  });
});

describe('a delivery that was rejected since the custom event of its channel had no name', () => {
  it('is built from the settings of now when it is replayed', async () => {
    const site = await world.newSite();
    await world.configure(undefined, changed(site.channel, { version: 2, eventType: 'Custom' }));
    const deliveryId = world.idOf(await world.convertOne(site), site);
    expect(await world.inState(deliveryId, 'rejected')).toMatchObject({ attempts: [] });
    await world.configure(
      undefined,
      changed(site.channel, { version: 3, eventType: 'Custom', customEventName: 'VIP_join' }),
    );
    expect(await world.askFor('replays', { deliveryIds: [deliveryId], dryRun: false })).toMatchObject({
      replayed: 1,
    });
    expect((await sentFor(deliveryId)).eventName).toBe('VIP_join');
  });
});
