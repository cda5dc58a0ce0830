import { randomUUID } from 'node:crypto';
import { linkKeyOf } from '@clickjoin/contracts';
import { startSandbox, type Sandbox } from '@clickjoin/sandbox';
import { eventually, produce, readAll, TcpProxy, testInfra, uniquePrefix } from '@clickjoin/testing';
import { ask, Installation, metricOf, post, stockOf, type Service } from '../installation.fixture';

const METHOD = 'createChatInviteLink';
const SMALL = { STOCK_LOW: '5', STOCK_HIGH: '10', LEASE_MIN: '5' };

describe('stock while Telegram is in trouble', () => {
  let sandbox: Sandbox;
  let installation: Installation;
  let service: Service;

  beforeAll(async () => {
    sandbox = await startSandbox();
    installation = new Installation({
      ...testInfra(),
      prefix: uniquePrefix('troubles'),
      telegram: sandbox.telegram,
      telegramApiUrl: sandbox.telegramApiUrl,
      produce,
      readAll,
    });
    service = await installation.start(SMALL);
    await installation.setUpSite();
  });

  afterEach(() => sandbox.setFaults({ telegram: { next: [] } }));
  afterAll(async () => {
    await installation.close();
    await sandbox.close();
  });

  const callsOf = async (): Promise<number> => {
    const results = ['minted', 'throttled', 'refused', 'unavailable'];
    const counts = await Promise.all(
      results.map((result) => metricOf(service, 'clickjoin_click_mint_calls_total', `result="${result}"`)),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  };

  it.each([
    {
      name: '429',
      fault: 'tooManyRequests',
      retryAfterSeconds: 1,
      reason: 'Telegram asks for a pause of 1 s',
    },
    { name: '500', fault: 'internalError', reason: 'Telegram answered with HTTP 500' },
    {
      name: 'an answer that is lost after the link was made',
      fault: 'lostAnswer',
      reason: 'Telegram is not reachable',
    },
  ] as const)(
    '$name: visitors share a link, the state shows why, few calls are made, and stock recovers',
    async (row) => {
      const slug = row.fault.toLowerCase();
      const { channel } = await installation.setUpChannel(slug);
      await eventually(async () => {
        expect(await stockOf(service, slug)).toMatchObject({ state: 'stocked', hasFallback: true });
        expect((await stockOf(service, slug)).heldHere).toBeGreaterThanOrEqual(5);
      });
      sandbox.setFaults({
        telegram: { next: [{ method: METHOD, fault: row.fault, times: 1_000 }], retryAfterSeconds: 1 },
      });
      const links: string[] = [];
      const failing = await eventually(async () => {
        const { status, location } = await ask(service, `/c/${slug}?ttclid=${randomUUID()}`);
        expect(status).toBe(302);
        links.push(location ?? '');
        const stock = await stockOf(service, slug);
        expect(stock).toMatchObject({ state: 'failing', free: 0, heldHere: 0 });
        return stock;
      });
      expect(failing.failure?.reason).toContain(row.reason);
      expect(Date.parse(failing.failure?.retryAt ?? '')).toBeGreaterThan(
        Date.parse(failing.failure?.failedAt ?? ''),
      );
      if (row.fault === 'tooManyRequests') expect(failing.minting.linksPerSecond).toBeLessThan(10_000);
      // No storm: a round of four calls at most for each pause, whatever the visitors do meanwhile.
      const before = await callsOf();
      const failuresBefore = failing.failure?.failures ?? 0;
      const during = await Promise.all(
        Array.from({ length: 30 }, () => ask(service, `/c/${slug}?ttclid=${randomUUID()}`)),
      );
      expect(during.map(({ status }) => status)).toEqual(during.map(() => 302));
      // In this order: each round but one of these calls is over, and so among the failures.
      const calls = (await callsOf()) - before;
      const failures = ((await stockOf(service, slug)).failure?.failures ?? 0) - failuresBefore;
      expect(calls).toBeLessThanOrEqual(4 * (failures + 1));
      links.push(...during.map(({ location }) => location ?? ''));

      sandbox.setFaults({ telegram: { next: [] } });
      await eventually(
        async () => {
          const { location } = await ask(service, `/c/${slug}?ttclid=${randomUUID()}`);
          links.push(location ?? '');
          expect(await stockOf(service, slug)).toMatchObject({ state: 'stocked' });
          expect((await stockOf(service, slug)).failure).toBeUndefined();
        },
        { timeoutMs: 20_000, everyMs: 200 },
      );
      const clicks = (await installation.clicks()).filter((click) => click.slug === slug);
      expect(clicks.map(({ linkKey }) => linkKey).sort()).toEqual(
        links.map((link) => linkKeyOf(link)).sort(),
      );
      const own = clicks.filter(({ linkKind }) => linkKind === 'stock').map(({ linkKey }) => linkKey);
      expect(new Set(own).size).toBe(own.length);
      expect(own.length).toBeGreaterThanOrEqual(5);
      const shared = clicks.filter(({ linkKind }) => linkKind === 'fallback').map(({ linkKey }) => linkKey);
      expect(new Set(shared).size).toBe(1);
      expect(channel.slug).toBe(slug);
    },
  );
});

describe('click-service that has never reached Telegram', () => {
  let sandbox: Sandbox;
  let road: TcpProxy;
  let installation: Installation;

  beforeAll(async () => {
    sandbox = await startSandbox();
    const api = new URL(sandbox.telegramApiUrl);
    road = await TcpProxy.listen(Number(api.port), 'raw');
    road.refuse();
    api.port = String(road.port);
    installation = new Installation({
      ...testInfra(),
      prefix: uniquePrefix('unreached'),
      telegram: sandbox.telegram,
      telegramApiUrl: api.href.replace(/\/$/, ''),
      produce,
      readAll,
    });
  });

  afterAll(async () => {
    await installation.close();
    await road.close();
    await sandbox.close();
  });

  it('leads visitors on all the same, and by links of their own as soon as Telegram can be reached', async () => {
    const service = await installation.start(SMALL);
    await installation.setUpSite();
    await installation.setUpChannel('open', { username: 'open_channel' });
    await installation.setUpChannel('closed');
    const { channel } = await installation.setUpChannel('by-bot', { linkMode: 'bot-start-link' });
    await eventually(
      async () => {
        for (const slug of ['open', 'closed']) {
          expect(await stockOf(service, slug)).toMatchObject({ state: 'failing', heldHere: 0 });
        }
        await stockOf(service, 'by-bot');
      },
      { timeoutMs: 20_000 },
    );
    const open = await ask(service, '/c/open');
    expect([open.status, open.location]).toEqual([302, 'https://t.me/open_channel']);
    const call = await post<{ link?: string }>(service, '/v1/clicks', { slug: 'open' });
    expect([call.status, call.body.link]).toEqual([202, 'https://t.me/open_channel']);
    const closed = await ask(service, '/c/closed');
    expect([closed.status, closed.location, closed.headers.get('retry-after')]).toEqual([503, null, '5']);
    expect(closed.text).toContain('search Telegram for “Channel closed”');
    const byBot = await ask(service, '/c/by-bot');
    expect(byBot.status).toBe(302);
    expect(byBot.location).toContain(`https://t.me/bot_${channel.botId}?start=`);
    const kinds = (await installation.clicks()).map(({ slug, linkKind }) => `${slug} ${linkKind}`);
    expect(kinds.sort()).toEqual(['by-bot bot-start', 'closed none', 'open none', 'open none']);

    road.accept();
    await eventually(
      async () => {
        for (const slug of ['open', 'closed']) {
          expect(await stockOf(service, slug)).toMatchObject({ state: 'stocked' });
          const { location } = await ask(service, `/c/${slug}?ttclid=${randomUUID()}`);
          expect(location).toMatch(/^https:\/\/t\.me\/\+/);
        }
      },
      { timeoutMs: 60_000, everyMs: 250 },
    );
    const own = (await installation.clicks()).filter(({ linkKind }) => linkKind === 'stock');
    expect(new Set(own.map(({ slug }) => slug))).toEqual(new Set(['open', 'closed']));
  });
});
