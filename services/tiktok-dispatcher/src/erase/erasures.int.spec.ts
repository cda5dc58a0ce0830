import { encode, topics, type ConversionAttributed } from '@clickjoin/contracts';
import { eventually } from '@clickjoin/testing';
import { changed } from '../../test/invented';
import { World } from '../../test/world';
import { ERASED_NOTE } from './erase.store';

let world: World;

beforeAll(async () => {
  world = await World.start('erasures', { REQUEST_TIMEOUT_MS: '3000' });
});
afterAll(() => world.end());

async function forget(...conversions: readonly ConversionAttributed[]): Promise<void> {
  const [first] = conversions;
  await world.publish(
    encode(
      topics.personErased,
      {
        telegramUserId: first?.person.telegramUserId ?? '1',
        erasedAt: new Date().toISOString(),
        joinIds: conversions.map(({ joinId }) => joinId),
        conversionIds: conversions.map(({ conversionId }) => conversionId),
        clickIds: [],
      },
      { source: 'spec' },
    ),
  );
}

/** Everything that the service keeps, but for what it has still to publish. */
async function kept(): Promise<string> {
  const tables = await world.query<{ tablename: string }[]>(
    `SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'outbox'`,
  );
  const rows = await Promise.all(tables.map(({ tablename }) => world.query(`SELECT * FROM "${tablename}"`)));
  return JSON.stringify(rows);
}

describe('a person who asked to be forgotten', () => {
  it('is in no delivery any more, whatever has become of it', async () => {
    const site = await world.newSite();
    const accepted = changed(await world.convertOne(site), {});
    await world.inState(world.idOf(accepted, site), 'accepted');
    const paused = await world.newSite({ isPaused: true });
    const held = await world.convertOne(paused);
    await world.inState(world.idOf(held, paused), 'held');
    const unclear = await world.convertOne(paused);
    await world.inState(world.idOf(unclear, paused), 'held');
    await world.query('UPDATE delivery SET first_unknown_at = now() WHERE delivery_id = $1', [
      world.idOf(unclear, paused),
    ]);
    const other = await world.convertOne(paused);
    await world.inState(world.idOf(other, paused), 'held');

    await forget(accepted, held, unclear);
    const [one, two, three] = [
      await world.inState(world.idOf(held, paused), 'expired'),
      await world.inState(world.idOf(unclear, paused), 'possibly-accepted'),
      await world.inState(world.idOf(accepted, site), 'accepted'),
    ];
    expect([one.note, two.note]).toEqual([ERASED_NOTE.unsent, ERASED_NOTE.unknown]);
    for (const { erasedAt, request } of [one, two, three]) {
      expect(erasedAt).toBeDefined();
      expect(request).toBeUndefined();
    }
    const everything = await kept();
    for (const { person } of [accepted, held, unclear])
      expect(everything).not.toContain(person.telegramUserId);
    expect(everything).toContain(other.person.telegramUserId);

    // And stays so: what waited does not go when the pixel is resumed, and nothing can be replayed.
    await world.configure(changed(paused.pixel, { version: 2, isPaused: false }));
    await world.inState(world.idOf(other, paused), 'accepted');
    expect([...world.seen(held), ...world.seen(unclear)]).toEqual([]);
    expect(
      await world.askFor('replays', { deliveryIds: [world.idOf(held, paused)], dryRun: false }),
    ).toMatchObject({ replayed: 0, refused: [{ reason: 'request-erased' }] });
    await eventually(async () => {
      const updates = await world.updatesOf(world.idOf(held, paused));
      expect(updates.map(({ state }) => state)).toEqual(['queued', 'held', 'expired']);
    });
  });

  it('is not sent when the conversion comes after the wish', async () => {
    const site = await world.newSite();
    const [conversion] = await world.convert(site);
    if (conversion === undefined) throw new Error('there is one');
    await world.inState(world.idOf(conversion, site), 'accepted');
    // As a database that reads the log again finds it.
    await forget(conversion);
    await eventually(async () =>
      expect((await world.detail(world.idOf(conversion, site))).erasedAt).toBeDefined(),
    );
    await world.query('DELETE FROM attempt WHERE delivery_id = $1', [world.idOf(conversion, site)]);
    await world.query('DELETE FROM delivery WHERE delivery_id = $1', [world.idOf(conversion, site)]);
    await world.query(`DELETE FROM consumer_offset WHERE topic = $1`, [topics.conversionAttributed.name]);
    await world.stopService();
    await world.startService();
    const after = await world.convertOne(site);
    await world.inState(world.idOf(after, site), 'accepted');
    await eventually(async () =>
      expect(await world.metrics()).toMatch(/reason="already-queued"[^}]*\} [1-9]/),
    );
    expect((await world.ask(`deliveries/${world.idOf(conversion, site)}`)).status).toBe(404);
  });

  it('is forgotten with the answer when the event is with TikTok at that moment', async () => {
    const site = await world.newSite();
    world.sandbox.setFaults({ tiktok: { next: [{ fault: 'http500', times: 1 }], latencyMs: 2_500 } });
    const conversion = await world.convertOne(site);
    await world.inState(world.idOf(conversion, site), 'sending');
    await forget(conversion);
    const ended = await world.inState(world.idOf(conversion, site), 'expired');
    world.sandbox.setFaults({ tiktok: { latencyMs: 0 } });
    expect(ended).toMatchObject({ note: ERASED_NOTE.unsent, attempts: [{ verdict: 'failed' }] });
    expect(ended.attempts[0]?.message).toBeUndefined();
    expect(ended.request).toBeUndefined();
  });
});

describe('what was sent', () => {
  it('is kept for as long as it is needed and no longer', async () => {
    const site = await world.newSite();
    const [old, young] = await world.convert(site, { count: 2 });
    for (const conversion of [old, young])
      if (conversion !== undefined) await world.inState(world.idOf(conversion, site), 'accepted');
    if (old === undefined || young === undefined) throw new Error('there are two');
    await world.query(`UPDATE delivery SET updated_at = now() - interval '8 days' WHERE delivery_id = $1`, [
      world.idOf(old, site),
    ]);
    await world.stopService();
    await world.startService();
    await eventually(async () => expect((await world.detail(world.idOf(old, site))).erasedAt).toBeDefined());
    const detail = await world.detail(world.idOf(old, site));
    expect(detail.request).toBeUndefined();
    expect(detail.matchQuality).toMatchObject({ level: 'high' });
    expect(detail.attempts).toMatchObject([{ verdict: 'accepted' }]);
    expect((await world.detail(world.idOf(young, site))).request).toBeDefined();
  });
});
