import { randomBytes, randomUUID } from 'node:crypto';
import { parseStartPayload, linkKeyOf, newClickId } from '@clickjoin/contracts';
import { startSandbox, type Sandbox } from '@clickjoin/sandbox';
import { eventually, produce, readAll, testInfra, uniquePrefix } from '@clickjoin/testing';
import { Ajv2020 } from 'ajv/dist/2020';
import {
  ask,
  Installation,
  metricOf,
  newIp,
  ORIGIN,
  PHONE,
  post,
  SITE_ID,
  SITE_KEY,
  stockOf,
  type Answer,
  type Service,
} from '../installation.fixture';
import { openApiDocument } from './open-api';

interface Captured {
  readonly counted: boolean;
  readonly clickId: string;
  readonly link: string;
  readonly linkKind: string;
}
interface ProblemBody {
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly { field: string; message: string }[];
}

const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(openApiDocument, 'api');

/** That the document knows this answer: its status, its media type, its headers and its body. */
function expectDocumented(path: '/v1/clicks' | '/v1/clicks/batch', answer: Answer): void {
  const { responses } = openApiDocument.paths[path].post;
  const documented = (responses as Record<string, { content: object; headers?: object } | undefined>)[
    answer.status
  ];
  if (documented === undefined)
    throw new Error(`${path} ${answer.status} is not in the document: ${answer.text}`);
  const [type = ''] = (answer.headers.get('content-type') ?? '').split(';');
  expect(Object.keys(documented.content)).toEqual([type]);
  for (const header of Object.keys(documented.headers ?? {}))
    expect(answer.headers.get(header)).toMatch(/^\d+$/);
  const pointer = [path, 'post', 'responses', String(answer.status), 'content', type, 'schema']
    .map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))
    .join('/');
  const validate = ajv.getSchema(`api#/paths/${encodeURI(pointer)}`);
  if (validate === undefined) throw new Error(`no schema at ${pointer}`);
  expect({ valid: validate(answer.body), errors: validate.errors }).toEqual({ valid: true, errors: null });
}

/** Out of Fastify's picture of its routes, where a branch has the rest of the path of its trunk. */
function routesIn(tree: string): string[] {
  const trunk: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const [, indent = '', part = '', methods] = /^([│├└─ ]*)(\S+)(?: \(([^)]+)\))?/.exec(line) ?? [];
    if (part === '') return [];
    trunk.length = indent.length / 4 - 1;
    trunk.push(part);
    return methods?.split(', ').map((method) => `${method} ${trunk.join('')}`) ?? [];
  });
}

describe('POST /v1/clicks', () => {
  let sandbox: Sandbox;
  let installation: Installation;
  let service: Service;
  let chatId: string;

  beforeAll(async () => {
    sandbox = await startSandbox();
    installation = new Installation({
      ...testInfra(),
      prefix: uniquePrefix('click-api'),
      telegram: sandbox.telegram,
      telegramApiUrl: sandbox.telegramApiUrl,
      produce,
      readAll,
    });
    service = await installation.start();
    await installation.setUpSite();
    ({ chatId } = (await installation.setUpChannel('summer')).channel);
    await installation.setUpChannel('winter');
    await eventually(async () => {
      expect(await stockOf(service, 'summer')).toMatchObject({ state: 'stocked', hasFallback: true });
      expect(await stockOf(service, 'winter')).toMatchObject({ state: 'stocked', hasFallback: true });
      expect((await stockOf(service, 'summer')).heldHere).toBeGreaterThan(0);
      expect((await click({ slug: 'nowhere' })).status).toBe(404);
    });
  });

  afterAll(async () => {
    await installation.close();
    await sandbox.close();
  });

  const click = async (
    body: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer<Captured & ProblemBody>> => {
    const answer = await post<Captured & ProblemBody>(service, '/v1/clicks', body, headers);
    expectDocumented('/v1/clicks', answer);
    return answer;
  };
  const batch = async (
    clicks: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer<{ clicks: Captured[] } & ProblemBody>> => {
    const answer = await post<{ clicks: Captured[] } & ProblemBody>(
      service,
      '/v1/clicks/batch',
      { clicks },
      headers,
    );
    expectDocumented('/v1/clicks/batch', answer);
    return answer;
  };
  const browser = (more: Readonly<Record<string, string>> = {}) => ({ origin: ORIGIN, ...more });
  const inLog = async (clickId: string) =>
    (await installation.clicks()).filter((each) => each.clickId === clickId);

  it("keeps a server's click about its visitor, and gives the visitor a link", async () => {
    const clickId = newClickId();
    const ttclid = `E.C.P.${'x'.repeat(1494)}`;
    const url = `https://shop.example/?utm_campaign=${encodeURIComponent('Лето 🎉')}`;
    const answer = await click({
      slug: 'summer',
      clickId,
      ttclid,
      url,
      utm: { source: 'tiktok', term: 'قناة' },
      referrer: 'https://www.tiktok.com/',
      ttp: 'cookie-1',
      visitor: { ip: '::ffff:203.0.113.9', userAgent: PHONE },
    });
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({ counted: true, clickId, linkKind: 'stock', link: expect.any(String) });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(await inLog(clickId)).toEqual([
      {
        clickId,
        siteId: SITE_ID,
        chatId,
        slug: 'summer',
        linkKind: 'stock',
        linkKey: linkKeyOf(answer.body.link),
        capturedAt: expect.stringMatching(/Z$/),
        ad: { ttclid, utm: { source: 'tiktok', campaign: 'Лето 🎉', term: 'قناة' } },
        page: { url, referrer: 'https://www.tiktok.com/' },
        visitor: { ip: '203.0.113.9', userAgent: PHONE, ttp: 'cookie-1' },
      },
    ]);
    expect(sandbox.telegram.join({ via: 'link', inviteLink: answer.body.link }).joined).toBe(true);
  });

  it("keeps a page's click about the browser that calls, and lets the page read the answer", async () => {
    const ip = newIp();
    const answer = await click(
      { slug: 'summer', siteId: SITE_ID, url: 'https://shop.example/?ttclid=E.C.P.page' },
      browser({ 'x-forwarded-for': `1.1.1.1, ${ip}` }),
    );
    expect(answer.status).toBe(202);
    expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(answer.headers.get('vary')).toBe('Origin');
    const [kept] = await inLog(answer.body.clickId);
    expect(kept).toMatchObject({ ad: { ttclid: 'E.C.P.page' }, visitor: { ip, userAgent: PHONE } });
  });

  it('answers the preflight of listed origins, and of no other', async () => {
    const preflight = (origin: string) =>
      ask(service, '/v1/clicks', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
    const good = await preflight(ORIGIN);
    expect(good.status).toBe(204);
    expect(good.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(good.headers.get('access-control-allow-headers')).toBe('content-type');
    for (const origin of ['https://evil.example', 'null', 'https://shop.example.evil.example']) {
      const bad = await preflight(origin);
      expect([bad.status, bad.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    }
  });

  it.each([
    { name: 'no key and no origin', headers: {}, status: 401 },
    { name: 'a wrong key', headers: { authorization: 'Bearer wrong' }, status: 401 },
    { name: 'another scheme', headers: { authorization: `Basic ${SITE_KEY}` }, status: 401 },
    {
      name: 'a wrong key, also from a good origin',
      headers: { authorization: 'Bearer x', origin: ORIGIN },
      status: 401,
    },
    { name: 'an origin on no list', headers: { origin: 'https://evil.example' }, status: 403 },
    { name: 'the origin of nothing', headers: { origin: 'null' }, status: 403 },
  ])('turns away $name', async ({ headers, status }) => {
    const before = await stockOf(service, 'summer');
    expect((await click({ slug: 'summer', siteId: SITE_ID }, headers)).status).toBe(status);
    expect((await stockOf(service, 'summer')).handedOutHere).toBe(before.handedOutHere);
  });

  it.each([
    { name: 'no slug', body: {}, fields: ['slug'] },
    { name: 'a list', body: [], fields: ['body'] },
    { name: 'nothing', body: 'null', fields: ['body'] },
    { name: 'a slug that is none', body: { slug: '../etc' }, fields: ['slug'] },
    {
      name: 'fields nobody knows',
      body: { slug: 'summer', foo: 1, utm: { sauce: 'x' } },
      fields: ['foo', 'utm.sauce'],
    },
    { name: 'poison', body: '{"slug":"summer","__proto__":{"x":1}}', fields: ['__proto__'] },
    { name: 'a clickId that is none', body: { slug: 'summer', clickId: '7' }, fields: ['clickId'] },
    {
      name: 'a clickId in capitals',
      body: { slug: 'summer', clickId: randomUUID().toUpperCase() },
      fields: ['clickId'],
    },
    {
      name: 'a ttclid that is too long',
      body: { slug: 'summer', ttclid: 'x'.repeat(4097) },
      fields: ['ttclid'],
    },
    { name: 'a script as page', body: { slug: 'summer', url: 'javascript:alert(1)' }, fields: ['url'] },
    { name: 'NUL', body: { slug: 'summer', utm: { term: 'a\0b' } }, fields: ['utm.term'] },
    { name: 'half an emoji', body: '{"slug":"summer","ttclid":"\\ud83c"}', fields: ['ttclid'] },
    { name: 'no IP', body: { slug: 'summer', visitor: { ip: '1.2.3' } }, fields: ['visitor.ip'] },
    {
      name: 'a cut link',
      body: { slug: 'summer', inviteLink: 'https://t.me/+AbCd...' },
      fields: ['inviteLink'],
    },
    {
      name: 'a link elsewhere',
      body: { slug: 'summer', inviteLink: 'https://evil.example/+AbCd' },
      fields: ['inviteLink'],
    },
    { name: "another site's id", body: { slug: 'summer', siteId: randomUUID() }, fields: ['siteId'] },
    { name: 'several at once', body: { slug: 1, ttclid: 2 }, fields: ['slug', 'ttclid'] },
  ])('names the field: $name', async ({ body, fields }) => {
    const answer = await click(body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors?.map(({ field }) => field).sort()).toEqual(fields);
  });

  it.each([
    { name: 'no site', body: { slug: 'summer' }, fields: ['siteId'] },
    {
      name: 'what is for servers',
      body: { slug: 'summer', siteId: SITE_ID, visitor: {}, inviteLink: 'https://t.me/+AbCdEfGh' },
      fields: ['visitor', 'inviteLink'],
    },
  ])('names the field to a page: $name', async ({ body, fields }) => {
    const answer = await click(body, browser());
    expect([answer.status, answer.body.errors?.map(({ field }) => field)]).toEqual([400, fields]);
    expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
  });

  it.each([
    { name: 'no JSON', body: '{', status: 400 },
    { name: 'nothing at all', body: '', status: 400 },
    {
      name: 'bytes that are no UTF-8',
      body: Buffer.from('{"slug":"summer","ttclid":"\xff"}', 'latin1'),
      status: 400,
    },
    { name: 'too much', body: JSON.stringify({ slug: 'summer', ttclid: 'x'.repeat(200_000) }), status: 413 },
  ])('refuses $name', async ({ body, status }) => {
    expect((await click(body)).status).toBe(status);
  });

  it('refuses other media types: a page could send them without a preflight', async () => {
    const headers = { ...browser(), 'content-type': 'text/plain' };
    expect((await click(JSON.stringify({ slug: 'summer', siteId: SITE_ID }), headers)).status).toBe(415);
  });

  it('does not know channels of other sites', async () => {
    const answer = await click({ slug: 'nowhere' });
    expect([answer.status, answer.body.errors?.[0]?.field]).toEqual([404, 'slug']);
  });

  it("takes the caller's own invite link", async () => {
    const inviteLink = `https://telegram.me/joinchat/${randomBytes(12).toString('base64url')}`;
    const { handedOutHere } = await stockOf(service, 'summer');
    const answer = await click({ slug: 'summer', inviteLink, ttclid: randomUUID() });
    expect(answer.body).toMatchObject({
      linkKind: 'caller',
      link: inviteLink.replace('telegram.me/joinchat/', 't.me/+'),
    });
    const [kept] = await inLog(answer.body.clickId);
    expect(kept?.linkKey).toBe(linkKeyOf(inviteLink));
    expect((await stockOf(service, 'summer')).handedOutHere).toBe(handedOutHere);
  });

  it('gives the same clickId the same link: at once, again, and at another instance', async () => {
    const other = await installation.start();
    await eventually(async () => expect((await stockOf(other, 'summer')).heldHere).toBeGreaterThan(0));
    const clickId = newClickId();
    const call = { slug: 'summer', clickId };
    const together = await Promise.all(
      [service, other, service, other].map((each) => post<Captured>(each, '/v1/clicks', call)),
    );
    const again = await post<Captured>(other, '/v1/clicks', call);
    await other.stop();
    const third = await installation.start();
    const later = await eventually(async () => {
      const answer = await post<Captured>(third, '/v1/clicks', call);
      expect(answer.status).toBe(202);
      return answer;
    });
    const answers = [...together, again, later];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    expect(new Set(answers.map(({ body }) => `${body.link} ${body.clickId}`)).size).toBe(1);
    const kept = await inLog(clickId);
    // Each instance may have written it; readers know it by its id, and it is the same click.
    expect(kept.length).toBeLessThanOrEqual(3);
    expect(new Set(kept.map(({ linkKey, capturedAt }) => `${linkKey} ${capturedAt}`)).size).toBe(1);
    const taken = await click({ slug: 'winter', clickId });
    expect([taken.status, taken.body.errors?.[0]?.field]).toEqual([409, 'clickId']);
    const takenElsewhere = await post(third, '/v1/clicks', { slug: 'winter', clickId });
    expect(takenElsewhere.status).toBe(409);
  });

  it('gives the same visitor the same link without an id, and knows nobody by nothing', async () => {
    const visit = { slug: 'summer', ttclid: randomUUID() };
    const [one, two] = [await click(visit), await click(visit)];
    expect(two.body).toEqual(one.body);
    expect(await inLog(one.body.clickId)).toHaveLength(1);
    const strangers = [await click({ slug: 'summer' }), await click({ slug: 'summer' })];
    expect(new Set(strangers.map(({ body }) => body.link)).size).toBe(2);
  });

  it('counts no machines, gives them no link of their own, and lets a site count review bots', async () => {
    const before = await stockOf(service, 'summer');
    const bot = await click({ slug: 'summer', visitor: { userAgent: 'TelegramBot (like TwitterBot)' } });
    const page = await click({ slug: 'summer', siteId: SITE_ID }, browser({ 'user-agent': 'Googlebot/2.1' }));
    const review = {
      slug: 'summer',
      visitor: { userAgent: 'AdsBot-Google (+http://www.google.com/adsbot.html)' },
    };
    const ignored = await click(review);
    for (const { status, body } of [bot, page, ignored]) {
      expect([status, body.counted]).toEqual([200, false]);
      expect(body.link).toMatch(/^https:\/\/t\.me\/\+/);
    }
    const { handedOutHere, heldHere } = await stockOf(service, 'summer');
    expect({ handedOutHere, heldHere }).toEqual({
      handedOutHere: before.handedOutHere,
      heldHere: before.heldHere,
    });
    await installation.setUpSite({ version: 2, reviewBots: 'count' });
    const counted = await eventually(async () => {
      const answer = await click(review);
      expect(answer.status).toBe(202);
      return answer;
    });
    expect(counted.body.linkKind).toBe('stock');
    expect((await click({ slug: 'summer', visitor: { userAgent: 'WhatsApp/2.23' } })).status).toBe(200);
  });

  it('takes 500 at once, all or none', async () => {
    const clicks = Array.from({ length: 500 }, (_, index) => ({
      slug: index % 2 === 0 ? 'summer' : 'winter',
      clickId: newClickId(),
      ttclid: `E.${index}`,
      visitor: { ip: newIp(), userAgent: index === 7 ? 'curl/8.5.0' : PHONE },
    }));
    const answer = await batch(clicks);
    expect(answer.status).toBe(202);
    const counted = answer.body.clicks.filter(({ counted }) => counted);
    expect(counted.map(({ clickId }) => clickId)).toEqual(
      clicks.filter((_, index) => index !== 7).map(({ clickId }) => clickId),
    );
    const kept = new Map((await installation.clicks()).map((each) => [each.clickId, each]));
    for (const { clickId, linkKind, link } of counted) {
      expect(kept.get(clickId)).toMatchObject({ linkKind, linkKey: linkKeyOf(link) });
    }
    const own = counted.filter(({ linkKind }) => linkKind === 'stock').map(({ link }) => link);
    expect(new Set(own).size).toBe(own.length);
    // Sent again, as after a timeout: the same answers.
    expect((await batch(clicks)).body).toEqual(answer.body);

    const before = await stockOf(service, 'summer');
    const bad = await batch([
      ...clicks.slice(0, 2).map((each) => ({ ...each, clickId: newClickId() })),
      { slug: 'nowhere', clickId: newClickId() },
      { slug: 'summer', clickId: newClickId(), visitor: { ip: 'x' } },
    ]);
    expect([bad.status, bad.body.errors?.map(({ field }) => field)]).toEqual([
      400,
      ['clicks.2.slug', 'clicks.3.visitor.ip'],
    ]);
    expect((await stockOf(service, 'summer')).handedOutHere).toBe(before.handedOutHere);
  });

  it.each([
    { name: 'none', clicks: [], fields: ['clicks'] },
    {
      name: '501',
      clicks: Array.from({ length: 501 }, () => ({ slug: 'summer', clickId: randomUUID() })),
      fields: ['clicks'],
    },
    { name: 'one without id', clicks: [{ slug: 'summer' }], fields: ['clicks.0.clickId'] },
    {
      name: 'the same id twice',
      clicks: Array.from({ length: 2 }, () => ({
        slug: 'summer',
        clickId: '01890000-0000-7000-8000-000000000000',
      })),
      fields: ['clicks.1.clickId'],
    },
  ])('refuses a batch with $name', async ({ clicks, fields }) => {
    const answer = await batch(clicks);
    expect([answer.status, answer.body.errors?.map(({ field }) => field)]).toEqual([400, fields]);
  });

  it('takes batches from servers only', async () => {
    expect(
      (await batch([{ slug: 'summer', siteId: SITE_ID, clickId: newClickId() }], browser())).status,
    ).toBe(403);
  });

  it('limits how often one address may call, and how often a site', async () => {
    const strict = await installation.start({
      IP_CLICKS_PER_SECOND: '0.01',
      SITE_CLICKS_PER_SECOND: '0.001',
    });
    // The tests before have sold many, and the other instance holds what it has sold for a while.
    await eventually(async () => expect((await stockOf(strict, 'summer')).heldHere).toBeGreaterThan(0), {
      timeoutMs: 60_000,
    });
    const from = (ip: string) =>
      post(
        strict,
        '/v1/clicks',
        { slug: 'summer', siteId: SITE_ID, ttclid: randomUUID() },
        browser({ 'x-forwarded-for': ip }),
      );
    const me = newIp();
    const answers: Answer[] = [];
    for (let count = 0; count < 3; count++) answers.push(await from(me));
    expect(answers.map(({ status }) => status)).toEqual([202, 429, 429]);
    for (const answer of answers) expectDocumented('/v1/clicks', answer);
    expect((await from(newIp())).status).toBe(202);
    // The redirect leads on, by the link that is shared, and counts nothing.
    const clicksBefore = (await installation.clicks()).length;
    const led = await ask(strict, '/c/summer?ttclid=limited', { headers: { 'x-forwarded-for': me } });
    expect(led.status).toBe(302);
    const shared = await ask(strict, '/c/summer', { headers: { 'user-agent': 'WhatsApp/2.23' } });
    expect(shared.text).toContain(`href="${led.location}"`);
    expect((await installation.clicks()).length).toBe(clicksBefore);
    expect(await metricOf(strict, 'clickjoin_click_visits_total', 'kind="limited"')).toBe(1);

    const burst = await post(strict, '/v1/clicks/batch', {
      clicks: Array.from({ length: 499 }, () => ({ slug: 'summer', clickId: newClickId() })),
    });
    expectDocumented('/v1/clicks/batch', burst);
    expect(burst.status).toBe(429);
  });

  it('leads to the bot where the channel says so, with the click in the payload', async () => {
    const { channel } = await installation.setUpChannel('by-bot', { linkMode: 'bot-start-link' });
    await eventually(async () => {
      expect(await stockOf(service, 'by-bot')).toMatchObject({
        linkMode: 'bot-start-link',
        state: 'not-needed',
        free: 0,
        hasFallback: true,
      });
    });
    const answer = await click({ slug: 'by-bot', ttclid: randomUUID() });
    const [, username, payload] = /^https:\/\/t\.me\/(\w+)\?start=(.+)$/.exec(answer.body.link) ?? [];
    expect([answer.body.linkKind, username]).toEqual(['bot-start', `bot_${channel.botId}`]);
    expect(parseStartPayload(payload ?? '')).toEqual({
      chatId: channel.chatId,
      clickId: answer.body.clickId,
    });
    const led = await ask(service, '/c/by-bot');
    const clickId = parseStartPayload(led.location?.split('start=')[1] ?? '')?.clickId ?? '';
    expect(await inLog(clickId)).toMatchObject([{ linkKind: 'bot-start' }]);
    expect((await inLog(clickId))[0]).not.toHaveProperty('linkKey');
  });

  it('gives links by which people ask to be let in where the channel says so', async () => {
    await installation.setUpChannel('asking', { linkMode: 'join-request-link' });
    const answer = await eventually(async () => {
      const found = await click({ slug: 'asking', ttclid: randomUUID() });
      expect(found.body.linkKind).toBe('stock');
      return found;
    });
    expect(sandbox.telegram.join({ via: 'link', inviteLink: answer.body.link }).joined).toBe(false);
  });

  it('says 503 where there is no way in, and keeps no click', async () => {
    await installation.setUpChannel('closed', {}, false);
    const answer = await eventually(async () => {
      const found = await click({ slug: 'closed', clickId: newClickId() });
      expect(found.status).toBe(503);
      return found;
    });
    expect(answer.headers.get('retry-after')).toBe('5');
    expect((await installation.clicks()).filter(({ slug }) => slug === 'closed')).toEqual([]);
  });

  it('serves the document, and its routes and those of the service are the same', async () => {
    const { status, body } = await ask<typeof openApiDocument>(service, '/v1/openapi.json');
    expect(status).toBe(200);
    expect(body).toEqual(JSON.parse(JSON.stringify(openApiDocument)));
    const documented = Object.entries(openApiDocument.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map(
        (method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      ),
    );
    const fastify = service.app.getHttpAdapter().getInstance();
    const served = routesIn(fastify.printRoutes({ commonPrefix: false }));
    // HEAD comes with GET, OPTIONS with CORS; the others are for operators, or answer 404.
    const internal = /^(HEAD|OPTIONS) |^GET (\/health\/|\/metrics|\/v1\/stock|\/c\*?$|\/c\/\*)/;
    expect(served.filter((route) => !internal.test(route)).sort()).toEqual(documented.sort());
  });
});
