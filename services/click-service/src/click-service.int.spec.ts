import { randomUUID } from 'node:crypto';
import { linkKeyOf } from '@clickjoin/contracts';
import { startSandbox, type Sandbox } from '@clickjoin/sandbox';
import { eventually, produce, readAll, TcpProxy, testInfra, uniquePrefix } from '@clickjoin/testing';
import {
  ask,
  Installation,
  INTERNAL_API_TOKEN,
  PHONE,
  SITE_ID,
  stockOf,
  type Service,
} from './installation.fixture';

/** Of all services here: in one process, Nest's logger is that of the service that was started last. */
const logs: string[] = [];

const installationOf = (
  { telegram, telegramApiUrl }: Sandbox,
  databaseUrl = testInfra().databaseUrl,
): Installation =>
  new Installation({
    brokers: testInfra().brokers,
    databaseUrl,
    prefix: uniquePrefix('click'),
    telegram,
    telegramApiUrl,
    produce,
    readAll,
    logs,
  });

/** An instance leases at least so many at once. */
const HELD = 20;

async function stocked(service: Service, slug: string, heldHere = HELD): Promise<void> {
  await eventually(
    async () => {
      const stock = await stockOf(service, slug);
      expect(stock).toMatchObject({ state: 'stocked', hasFallback: true });
      expect(stock.heldHere).toBeGreaterThanOrEqual(heldHere);
    },
    { timeoutMs: 30_000 },
  );
}

describe('click-service', () => {
  let sandbox: Sandbox;
  let installation: Installation;
  let service: Service;

  beforeAll(async () => {
    sandbox = await startSandbox();
    installation = installationOf(sandbox);
    service = await installation.start();
  });

  afterAll(async () => {
    await installation.close();
    await sandbox.close();
  });

  it('sends a person on by a link of their own, and the click is in the log', async () => {
    const { channel } = await installation.setUpChannel('summer');
    await stocked(service, 'summer');
    const ttclid = `E.C.P.${'x'.repeat(1494)}`;
    const landing = `https://shop.example/?utm_source=tiktok&utm_campaign=${encodeURIComponent('Лето')}`;
    const query = new URLSearchParams({
      ttclid,
      url: landing,
      ref: 'https://www.tiktok.com/',
      ttp: 'cookie-1',
    });
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const answer = await ask(service, `/c/summer?${query.toString()}`, {
      headers: { 'x-forwarded-for': '1.1.1.1, 198.51.100.7', traceparent: `00-${trace}-b7ad6b7169203331-01` },
    });
    expect(answer.status).toBe(302);
    expect(answer.location).toMatch(/^https:\/\/t\.me\/\+[\w-]{16}$/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');

    const clicks = (await installation.clicks()).filter(({ slug }) => slug === 'summer');
    expect(clicks).toEqual([
      {
        clickId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        siteId: SITE_ID,
        chatId: channel.chatId,
        slug: 'summer',
        linkKind: 'stock',
        linkKey: linkKeyOf(answer.location ?? ''),
        capturedAt: expect.stringMatching(/Z$/) as string,
        ad: { ttclid, utm: { source: 'tiktok', campaign: 'Лето' } },
        page: { url: landing, referrer: 'https://www.tiktok.com/' },
        visitor: { ip: '198.51.100.7', userAgent: PHONE, ttp: 'cookie-1' },
      },
    ]);
    // Telegram knows the link: whoever taps it gets in.
    expect(sandbox.telegram.join({ via: 'link', inviteLink: answer.location ?? '' }).joined).toBe(true);
  });

  it('answers machines and prefetches without link use and without click', async () => {
    await installation.setUpChannel('machines', { username: 'machines_channel' });
    await stocked(service, 'machines');
    const before = await stockOf(service, 'machines');
    const answers = {
      head: await ask(service, '/c/machines', { method: 'HEAD' }),
      bot: await ask(service, '/c/machines', {
        headers: { 'user-agent': 'TelegramBot (like TwitterBot)' },
      }),
      prefetch: await ask(service, '/c/machines', { headers: { 'sec-purpose': 'prefetch;prerender' } }),
      firefox: await ask(service, '/c/machines', { headers: { 'x-moz': 'prefetch' } }),
    };
    expect(Object.values(answers).map(({ status }) => status)).toEqual([200, 200, 425, 425]);
    expect(Object.values(answers).map(({ location }) => location)).toEqual([null, null, null, null]);
    expect(Object.values(answers).every(({ headers }) => headers.get('cache-control') === 'no-store')).toBe(
      true,
    );
    expect(answers.bot.text).toContain('<meta property="og:title" content="Channel machines">');
    expect(answers.bot.text).toContain('<a href="https://t.me/+');
    const { handedOutHere, heldHere } = await stockOf(service, 'machines');
    expect({ handedOutHere, heldHere }).toEqual({ handedOutHere: 0, heldHere: before.heldHere });
    expect((await installation.clicks()).filter(({ slug }) => slug === 'machines')).toEqual([]);
  });

  it('says in a friendly way that there is no such channel', async () => {
    for (const path of ['/c/nowhere', '/c/%F0%9F%8E%89', `/c/${'x'.repeat(90)}`, '/c/..%2f..%2fetc']) {
      const answer = await ask(service, path);
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toContain('text/html');
      expect(answer.location).toBeNull();
    }
  });

  it('gives the same visitor the same link without a second click, and a new ad click a new one', async () => {
    await installation.setUpChannel('again');
    await stocked(service, 'again');
    const me = { headers: { 'x-forwarded-for': '198.51.100.99' } };
    const [first, doubleTap] = await Promise.all([
      ask(service, '/c/again?ttclid=E.1', me),
      ask(service, '/c/AGAIN?ttclid=E.1', me),
    ]);
    const reload = await ask(service, '/c/again?ttclid=E.1', me);
    const newClick = await ask(service, '/c/again?ttclid=E.2', me);
    const somebodyElse = await ask(service, '/c/again?ttclid=E.1');
    expect([doubleTap.location, reload.location]).toEqual([first.location, first.location]);
    expect(new Set([first, newClick, somebodyElse].map(({ location }) => location)).size).toBe(3);
    expect((await installation.clicks()).filter(({ slug }) => slug === 'again')).toHaveLength(3);
  });

  it('keeps a click whose facts do not fit, without those facts', async () => {
    await installation.setUpChannel('huge');
    await stocked(service, 'huge');
    const answer = await ask(service, `/c/huge?ttclid=${'x'.repeat(5_000)}&utm_source=tiktok&utm_term=a%00b`);
    expect(answer.status).toBe(302);
    const [click] = (await installation.clicks()).filter(({ slug }) => slug === 'huge');
    expect(click?.ad).toEqual({ utm: { source: 'tiktok' } });
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toMatch(
      /clickjoin_click_facts_dropped_total\{field="ttclid",reason="oversize",[^}]*\} 1/,
    );
    expect(metrics).toMatch(/clickjoin_click_facts_dropped_total\{field="utm",reason="malformed",[^}]*\} 1/);
  });

  it('never hands one link to two people: two instances under load, one of them killed, restarts', async () => {
    await installation.setUpChannel('busy');
    const one = await installation.start();
    const two = await installation.start();
    for (const instance of [service, one, two]) await stocked(instance, 'busy', HELD);
    const round = (instances: readonly Service[], count: number) =>
      Promise.all(
        Array.from({ length: count }, (_, index) =>
          ask(instances[index % instances.length]!, `/c/busy?ttclid=${randomUUID()}`),
        ),
      );
    const answers = await round([service, one, two], 90);
    await one.stop();
    answers.push(...(await round([service, two], 60)));
    const three = await installation.start();
    answers.push(...(await round([service, two, three], 90)));

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 302));
    const clicks = (await installation.clicks()).filter(({ slug }) => slug === 'busy');
    expect(clicks).toHaveLength(answers.length);
    const own = clicks.filter(({ linkKind }) => linkKind === 'stock').map(({ linkKey }) => linkKey);
    expect(new Set(own).size).toBe(own.length);
    // At least what they held before; how much more depends on how fast more is made.
    expect(own.length).toBeGreaterThanOrEqual(3 * HELD);
    // What visitors were shown is what the log says, link for link.
    expect(answers.map(({ location }) => linkKeyOf(location ?? '')).sort()).toEqual(
      clicks.map(({ linkKey }) => linkKey).sort(),
    );
  });

  it('gives unused links back when it stops, and only those', async () => {
    const { channel } = await installation.setUpChannel('stopping');
    const leaving = await installation.start();
    await stocked(leaving, 'stopping');
    const { location } = await ask(leaving, '/c/stopping');
    const { body: leasedBy } = await ask<{ instanceId: string }>(leaving, '/v1/stock', {
      headers: { authorization: `Bearer ${INTERNAL_API_TOKEN}` },
    });
    await leaving.stop();
    const rows = await installation.query<{ link_key: string }>(
      `SELECT link_key FROM invite_link WHERE chat_id = ${channel.chatId} AND leased_by = '${leasedBy.instanceId}'`,
    );
    expect(rows).toEqual([{ link_key: linkKeyOf(location ?? '') }]);
  });

  it('without stock sends people by the shared link, and by their own as soon as there is one', async () => {
    const small = installationOf(sandbox);
    const shop = await small.start({ STOCK_LOW: '3', STOCK_HIGH: '3', LEASE_MIN: '3' });
    try {
      const { channel } = await small.setUpChannel('empty');
      await stocked(shop, 'empty', 3);
      sandbox.setFaults({
        telegram: {
          next: [{ method: 'createChatInviteLink', fault: 'tooManyRequests', times: 1_000 }],
          retryAfterSeconds: 1,
        },
      });
      const kinds = async () => (await small.clicks()).map(({ linkKind }) => linkKind);
      await eventually(async () => {
        expect((await ask(shop, '/c/empty')).status).toBe(302);
        expect(await kinds()).toContain('fallback');
      });
      const me = { headers: { 'x-forwarded-for': '198.51.100.50' } };
      const shared = await ask(shop, '/c/empty', me);
      // All that Telegram made was given away, but for the shared link.
      const atTelegram = sandbox.telegram
        .state()
        .channels.find(({ chatId }) => String(chatId) === channel.chatId);
      expect((await kinds()).filter((kind) => kind === 'stock')).toHaveLength(
        (atTelegram?.linksCreated ?? 0) - 1,
      );
      expect(await stockOf(shop, 'empty')).toMatchObject({ state: 'failing', free: 0, heldHere: 0 });

      sandbox.setFaults({ telegram: { next: [] } });
      const own = await eventually(async () => {
        const answer = await ask(shop, '/c/empty', me);
        expect(answer.location).not.toBe(shared.location);
        return answer;
      });
      // Now it is one's own, and stays it.
      expect((await ask(shop, '/c/empty', me)).location).toBe(own.location);
      const click = (await small.clicks()).find(({ linkKey }) => linkKey === linkKeyOf(own.location ?? ''));
      expect(click?.linkKind).toBe('stock');
    } finally {
      sandbox.setFaults({ telegram: { next: [] } });
      await small.close();
    }
  });

  it('with no link at all: the public address, or a page that says where the channel is', async () => {
    await installation.setUpChannel('public', { username: 'public_channel' }, false);
    await installation.setUpChannel('private', {}, false);
    await eventually(() => stockOf(service, 'private'));
    const open = await ask(service, '/c/public');
    expect([open.status, open.location]).toEqual([302, 'https://t.me/public_channel']);
    const closed = await ask(service, '/c/private');
    expect([closed.status, closed.location, closed.headers.get('retry-after')]).toEqual([503, null, '5']);
    expect(closed.text).toContain('search Telegram for “Channel private”');
    const clicks = (await installation.clicks()).filter(
      ({ slug }) => slug === 'public' || slug === 'private',
    );
    expect(clicks.map(({ linkKind, linkKey }) => ({ linkKind, linkKey }))).toEqual([
      { linkKind: 'none', linkKey: undefined },
      { linkKind: 'none', linkKey: undefined },
    ]);
  });

  it('shows stock and minting state, and never a token', async () => {
    const { token } = await installation.setUpChannel('rights', {}, false);
    const stock = await eventually(async () => {
      const found = await stockOf(service, 'rights');
      expect(found.state).toBe('failing');
      return found;
    });
    expect(stock.failure?.reason).toContain('not enough rights to manage chat invite link');
    const secret = token.split(':')[1] ?? token;
    expect(JSON.stringify(stock)).not.toContain(secret);
    expect(logs.join('')).not.toContain(secret);
    expect(logs.join('')).toContain('no invite link from Telegram');
  });
});

describe('click-service while others are away', () => {
  let sandbox: Sandbox;
  beforeAll(async () => void (sandbox = await startSandbox()));
  afterAll(() => sandbox.close());

  it('PostgreSQL away: people go on by own links from memory, and their clicks into the log', async () => {
    const server = new URL(testInfra().databaseUrl);
    const proxy = await TcpProxy.listen(Number(server.port));
    server.port = String(proxy.port);
    const installation = installationOf(sandbox, server.toString());
    try {
      const service = await installation.start();
      await installation.setUpChannel('memory');
      await stocked(service, 'memory');
      proxy.refuse();
      proxy.cut();
      const answers = await Promise.all(Array.from({ length: 15 }, () => ask(service, '/c/memory')));
      expect(new Set(answers.map(({ location }) => location)).size).toBe(15);
      const clicks = await installation.clicks();
      expect(clicks.map(({ linkKind }) => linkKind)).toEqual(answers.map(() => 'stock'));
      proxy.accept();
      await eventually(async () => {
        await ask(service, '/c/memory');
        expect((await stockOf(service, 'memory')).heldHere).toBeGreaterThan(10);
      });
    } finally {
      proxy.accept();
      await installation.close(testInfra().databaseUrl);
      await proxy.close();
    }
  });

  it('PostgreSQL away for longer than the links last: the shared link, and by the bot as ever', async () => {
    const server = new URL(testInfra().databaseUrl);
    const proxy = await TcpProxy.listen(Number(server.port), 'raw');
    server.port = String(proxy.port);
    const installation = installationOf(sandbox, server.toString());
    try {
      const service = await installation.start({ LEASE_MIN: '3' });
      await installation.setUpChannel('outlasted');
      const { channel } = await installation.setUpChannel('by-bot', { linkMode: 'bot-start-link' });
      await stocked(service, 'outlasted', 3);
      await eventually(() => stockOf(service, 'by-bot'));
      const preview = await eventually(async () => {
        const { text } = await ask(service, '/c/outlasted', { headers: { 'user-agent': 'WhatsApp/2' } });
        expect(text).toContain('<a href="https://t.me/+');
        return text;
      });
      const { heldHere } = await stockOf(service, 'outlasted');
      proxy.refuse();
      proxy.cut();
      const answers = [];
      for (let visitor = 0; visitor < heldHere + 5; visitor += 1) {
        answers.push(await ask(service, '/c/outlasted'));
      }
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 302));
      const locations = answers.map(({ location }) => location ?? '');
      const shared = locations.slice(heldHere);
      expect(new Set(shared).size).toBe(1);
      expect(preview).toContain(`<a href="${shared[0]}"`);
      expect(new Set(locations).size).toBe(heldHere + 1);
      const started = await ask(service, '/c/by-bot');
      expect([started.status, started.location]).toEqual([
        302,
        expect.stringMatching(new RegExp(`^https://t\\.me/bot_${channel.botId}\\?start=`)),
      ]);

      const clicks = await installation.clicks();
      const kindOf = new Map(clicks.map(({ linkKey, linkKind }) => [linkKey, linkKind]));
      expect(locations.map((location) => kindOf.get(linkKeyOf(location)))).toEqual(
        locations.map((_, index) => (index < heldHere ? 'stock' : 'fallback')),
      );
      expect(clicks.filter(({ slug }) => slug === 'outlasted')).toHaveLength(locations.length);
      expect(clicks.filter(({ slug }) => slug === 'by-bot').map(({ linkKind }) => linkKind)).toEqual([
        'bot-start',
      ]);
    } finally {
      proxy.accept();
      await installation.close(testInfra().databaseUrl);
      await proxy.close();
    }
  });
});
