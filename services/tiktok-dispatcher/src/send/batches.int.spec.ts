import { tiktokEventIdOf, type ConversionAttributed } from '@clickjoin/contracts';
import { eventually } from '@clickjoin/testing';
import { changed } from '../../test/invented';
import { World, type Site } from '../../test/world';

let world: World;

beforeAll(async () => {
  // Two requests at a time: what queues up has to share.
  world = await World.start('batches', { MAX_IN_FLIGHT_PER_PIXEL: '2', REQUEST_TIMEOUT_MS: '2000' });
});
afterAll(() => world.end());

/** Conversions that have queued up behind a pause, and are let go together. */
async function queueUp(
  count: number,
  wireFormat: '1.0' | '2.0',
  prepare: (conversions: readonly ConversionAttributed[]) => void = () => undefined,
): Promise<{ site: Site; conversions: ConversionAttributed[] }> {
  const site = await world.newSite({ isPaused: true, wireFormat });
  const conversions = await world.convert(site, { count });
  await eventually(async () => expect(await statesOf(site)).toEqual({ held: count }));
  prepare(conversions);
  await world.configure(changed(site.pixel, { version: 2, isPaused: false }));
  return { site, conversions };
}

async function statesOf({ siteId }: Site): Promise<Record<string, number>> {
  const rows = await world.query<{ state: string; count: number }[]>(
    'SELECT state, count(*)::int AS count FROM delivery WHERE site_id = $1 GROUP BY state',
    [siteId],
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

const settledAs = (site: Site, states: Record<string, number>): Promise<void> =>
  eventually(async () => expect(await statesOf(site)).toEqual(states), { timeoutMs: 30_000 });

const requestsOf = ({ pixel }: Site): { events: number; code: number | null }[] =>
  world.sandbox.tiktok
    .requests(5_000)
    .filter(({ pixelCode }) => pixelCode === pixel.pixelCode)
    .map(({ events, code }) => ({ events, code }))
    .reverse();

describe.each(['1.0', '2.0'] as const)('conversions that queue up, in %s', (wireFormat) => {
  it('share requests, and each is counted once', async () => {
    const { site, conversions } = await queueUp(120, wireFormat);
    await settledAs(site, { accepted: 120 });
    const requests = requestsOf(site);
    expect(requests.reduce((sum, { events }) => sum + events, 0)).toBe(120);
    expect(Math.max(...requests.map(({ events }) => events))).toBeGreaterThan(1);
    expect(Math.max(...requests.map(({ events }) => events))).toBeLessThanOrEqual(
      wireFormat === '1.0' ? 50 : 1_000,
    );
    for (const conversion of conversions)
      expect(world.seen(conversion)).toMatchObject([{ received: 1, accepted: 1, bodies: 1 }]);
  });

  it('are divided when TikTok refuses a request, until exactly the bad ones are rejected', async () => {
    const bad = new Set<string>();
    const { site, conversions } = await queueUp(90, wireFormat, (all) => {
      for (const index of [3, 4, 61]) bad.add(tiktokEventIdOf(all[index]?.conversionId ?? ''));
      world.sandbox.tiktok.rejectWhen(({ eventId }) => bad.has(eventId ?? ''));
    });
    await settledAs(site, { accepted: 87, rejected: 3 });
    for (const conversion of conversions) {
      const isBad = bad.has(tiktokEventIdOf(conversion.conversionId));
      expect(world.seen(conversion)).toMatchObject([
        { accepted: isBad ? 0 : 1, duplicatesDropped: 0, bodies: 1 },
      ]);
      const { state, attempts } = await world.detail(world.idOf(conversion, site));
      expect(state).toBe(isBad ? 'rejected' : 'accepted');
      // The ledger: each refusal of a request it was in, and at last its own verdict.
      expect(attempts).toHaveLength(world.seen(conversion)[0]?.received ?? 0);
      const verdicts = attempts.map(({ verdict }) => verdict);
      expect(verdicts.at(-1)).toBe(state);
      expect(verdicts.slice(0, -1).every((verdict) => verdict === 'failed')).toBe(true);
      if (isBad) expect(attempts.at(-1)?.events).toBe(1);
    }
    // The refused requests that nothing is known of before; what each costs has a property test.
    const requests = requestsOf(site);
    const largest = Math.max(...requests.map(({ events }) => events));
    const first = requests.filter(({ events }) => events > largest / 2).length;
    expect(requests.length - first).toBeLessThanOrEqual(2 * bad.size * Math.log2(largest));
    world.sandbox.tiktok.rejectWhen(() => false);
  });

  it('go again alone when TikTok took only a part of them', async () => {
    world.sandbox.setFaults({ tiktok: { next: [{ fault: 'partial', times: 1 }] } });
    const { site, conversions } = await queueUp(6, wireFormat);
    await settledAs(site, { accepted: 6 });
    const [first, ...others] = requestsOf(site);
    expect(first).toMatchObject({ code: 20001 });
    expect(first?.events).toBeGreaterThan(1);
    expect(others.length).toBeGreaterThanOrEqual(first?.events ?? 0);
    for (const conversion of conversions)
      expect(world.seen(conversion)).toMatchObject([{ accepted: 1, bodies: 1 }]);
  });

  it('are repeated when the answer is lost, and counted once', async () => {
    world.sandbox.setFaults({ tiktok: { next: [{ fault: 'lostAnswer', times: 2 }] } });
    const { site, conversions } = await queueUp(40, wireFormat);
    await settledAs(site, { accepted: 40 });
    for (const conversion of conversions)
      expect(world.seen(conversion)).toMatchObject([{ accepted: 1, bodies: 1 }]);
  });
});

describe('test events', () => {
  it('travel alone, also when they queue up', async () => {
    const site = await world.newSite({ isPaused: true, testEventCode: 'TEST77' });
    await world.convert(site, { count: 10 });
    await eventually(async () => expect(await statesOf(site)).toEqual({ held: 10 }));
    await world.configure(changed(site.pixel, { version: 2, isPaused: false }));
    await settledAs(site, { accepted: 10 });
    expect(requestsOf(site).map(({ events }) => events)).toEqual(Array(10).fill(1));
  });
});

describe('a few conversions', () => {
  it('go at once, each in a request of its own', async () => {
    const site = await world.newSite();
    await world.convert(site, { count: 2 });
    await settledAs(site, { accepted: 2 });
    expect(requestsOf(site)).toEqual([
      { events: 1, code: 0 },
      { events: 1, code: 0 },
    ]);
  });
});
