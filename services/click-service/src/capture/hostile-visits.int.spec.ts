import { connect } from 'node:net';
import { startSandbox, type Sandbox } from '@clickjoin/sandbox';
import { eventually, produce, readAll, testInfra, uniquePrefix } from '@clickjoin/testing';
import { ask, Installation, newIp, PHONE, stockOf, type Service } from '../installation.fixture';

/** The bytes as they are: `fetch` would mend them. */
function raw(service: Service, request: Buffer | string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
    // Not `end`: Node takes a half-closed connection for one that has gone away.
    socket.write(request);
  });
}
const get = (target: string, headers = ''): Buffer =>
  Buffer.from(
    `GET ${target} HTTP/1.1\r\nHost: x\r\nUser-Agent: ${PHONE}\r\nX-Forwarded-For: ${newIp()}\r\nConnection: close\r\n${headers}\r\n`,
    'latin1',
  );

describe('GET /c/<slug> with what strangers send', () => {
  let sandbox: Sandbox;
  let installation: Installation;
  let service: Service;

  beforeAll(async () => {
    sandbox = await startSandbox();
    installation = new Installation({
      ...testInfra(),
      prefix: uniquePrefix('hostile'),
      telegram: sandbox.telegram,
      telegramApiUrl: sandbox.telegramApiUrl,
      produce,
      readAll,
    });
    service = await installation.start();
    await installation.setUpSite();
    await installation.setUpChannel('summer');
    await eventually(async () => {
      expect(await stockOf(service, 'summer')).toMatchObject({ state: 'stocked', hasFallback: true });
      expect((await stockOf(service, 'summer')).heldHere).toBeGreaterThan(0);
    });
  });

  afterAll(async () => {
    await installation.close();
    await sandbox.close();
  });

  /** The click of the visit that carries this mark as `utm_term`. */
  const clickWith = async (term: string) =>
    (await installation.clicks()).find(({ ad }) => ad.utm?.term === term);

  it.each([
    {
      name: 'addresses as parameters',
      target: '/c/summer?url=https://evil.example/&location=//evil.example&to=https:evil',
    },
    { name: 'a foreign host', target: '/c/summer?2', headers: 'X-Forwarded-Host: evil.example\r\n' },
    {
      name: 'line breaks',
      target: '/c/summer?ttclid=a%0d%0aLocation:%20https://evil.example%0d%0a%0d%0a<script>',
    },
    { name: 'an absolute target', target: 'http://evil.example/c/summer?4' },
  ])('leads to Telegram and nowhere else: $name', async ({ target, headers }) => {
    const answer = await raw(service, get(target, headers));
    expect(answer).toMatch(/^HTTP\/1\.1 302 /);
    const locations = answer.split('\r\n').filter((line) => /^location:/i.test(line));
    expect(locations).toEqual([expect.stringMatching(/^location: https:\/\/t\.me\/\+[\w-]+$/)]);
    expect(answer).not.toContain('evil');
  });

  it.each([
    {
      name: 'bytes that are no UTF-8, percent-encoded',
      query: 'ttclid=E.%FF%FE&utm_term=latin',
      term: 'latin',
    },
    { name: 'a broken escape', query: 'ttclid=100%&utm_term=escape', term: 'escape' },
    {
      name: 'the same parameter by the hundred',
      query: `${'ttclid=x&'.repeat(300)}utm_term=many`,
      term: 'many',
    },
    {
      name: 'brackets and prototypes',
      query: '__proto__[x]=1&constructor=2&ttclid[]=3&utm_term=proto',
      term: 'proto',
    },
  ])('keeps the click: $name', async ({ query, term }) => {
    const answer = await raw(service, get(`/c/summer?${query}`));
    expect(answer).toMatch(/^HTTP\/1\.1 302 /);
    expect(await clickWith(term)).toMatchObject({ linkKind: 'stock' });
  });

  it('keeps raw bytes in the target from becoming half a character', async () => {
    const target = Buffer.concat([
      Buffer.from('/c/summer?utm_term=raw&ttclid=E.'),
      Buffer.from([0xf0, 0x9f, 0x8e]),
    ]);
    const answer = await raw(service, get(target.toString('latin1')));
    // Whoever sends such a target is no browser: refusing it is as good as leading on.
    expect(answer).toMatch(/^HTTP\/1\.1 (302|400) /);
    expect((await clickWith('raw'))?.ad.ttclid ?? '').not.toMatch(/\p{Cs}/u);
  });

  it('keeps a ttclid of 1,500 characters, emoji and right-to-left text whole', async () => {
    const ttclid = `E.C.P.${'Ab9_'.repeat(373)}xy`;
    const facts = new URLSearchParams({
      ttclid,
      utm_term: 'whole',
      utm_campaign: '🎉 مرحبا بالعالم \u202eשלום',
    });
    expect((await ask(service, `/c/summer?${facts.toString()}`)).status).toBe(302);
    const click = await clickWith('whole');
    expect(click?.ad.ttclid).toHaveLength(1_500);
    expect(click?.ad).toMatchObject({ ttclid, utm: { campaign: '🎉 مرحبا بالعالم \u202eשלום' } });
  });

  it('believes an address only from a trusted proxy', async () => {
    const alone = await installation.start({ TRUSTED_PROXIES: '10.0.0.0/8' });
    await eventually(async () => expect((await stockOf(alone, 'summer')).heldHere).toBeGreaterThan(0));
    const forged = {
      headers: { 'x-forwarded-for': '8.8.8.8', 'x-real-ip': '8.8.8.8', forwarded: 'for=8.8.8.8' },
    };
    expect((await ask(alone, '/c/summer?utm_term=forged', forged)).status).toBe(302);
    expect((await clickWith('forged'))?.visitor.ip).toBe('127.0.0.1');
    const chain = { headers: { 'x-forwarded-for': '8.8.8.8, 203.0.113.7' } };
    await ask(service, '/c/summer?utm_term=chain', chain);
    expect((await clickWith('chain'))?.visitor.ip).toBe('203.0.113.7');
  });

  it.each([
    '/c',
    '/c/',
    '/c/summer/more',
    `/c/${'x'.repeat(2_000)}`,
    '/c/%00',
    '/c/..%2f..%2fetc',
    '/c/\u202e',
  ])('shows a page for %s', async (path) => {
    const answer = await ask(service, path);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect(answer.text).toContain('This link leads nowhere');
  });

  it('refuses an address that no browser sends, and lives', async () => {
    expect(await raw(service, get(`/c/summer?x=${'x'.repeat(20_000)}`))).toMatch(/^HTTP\/1\.1 302 /);
    expect(await raw(service, get(`/c/summer?x=${'x'.repeat(70_000)}`))).toMatch(/^HTTP\/1\.1 431 /);
    expect(await raw(service, get('/c/%ff'))).toMatch(/^HTTP\/1\.1 400 /);
    expect((await ask(service, '/c/summer')).status).toBe(302);
  });

  it("lets a site count ad networks' review bots, and by default doesn't", async () => {
    const bot = {
      headers: { 'user-agent': 'Mozilla/5.0 (compatible; Bytespider; spider-feedback@bytedance.com)' },
    };
    const before = await ask(service, '/c/summer', bot);
    expect([before.status, before.location]).toEqual([200, null]);
    await installation.setUpSite({ version: 2, reviewBots: 'count' });
    await eventually(async () => expect((await ask(service, '/c/summer', bot)).status).toBe(302));
    expect((await ask(service, '/c/summer', { headers: { 'user-agent': 'Discordbot/2.0' } })).status).toBe(
      200,
    );
  });
});
