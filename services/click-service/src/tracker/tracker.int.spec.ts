import { decode, topics, type ClickCaptured, type ScriptSeen } from '@clickjoin/contracts';
import { startSandbox, type Sandbox } from '@clickjoin/sandbox';
import { eventually, produce, programPath, readAll, testInfra, uniquePrefix } from '@clickjoin/testing';
import { linkSnippetOf, snippetOf } from '@clickjoin/tracker/snippet';
import { chromium, type Browser, type BrowserContext, type Frame, type Page } from 'playwright-core';
import { Installation, PHONE, stockOf, type Service } from '../installation.fixture';
import { LandingSite, type LandingPage } from './landing-site.fixture';
import { buildTracker, configureSite, type SiteFacts } from './tracked-site.fixture';

const PREFIX = uniquePrefix('tracker');
const NAME = 'Vip_Channel';

let sandbox: Sandbox;
let installation: Installation;
let clicks: Service;
let shop: LandingSite;
let browser: Browser;
let siteId: string;
let context: BrowserContext;
let page: Page;
/** What went wrong on the pages, which a tracker must never be the reason of. */
let faults: string[] = [];
let ids = 0;
/** Each test looks for its own click. */
const newTtclid = (): string => `E.C.P.${++ids}.${'x'.repeat(80)}`;

beforeAll(async () => {
  await buildTracker();
  sandbox = await startSandbox();
  const { brokers, databaseUrl } = testInfra();
  installation = new Installation({
    brokers,
    databaseUrl,
    prefix: PREFIX,
    telegramApiUrl: sandbox.telegramApiUrl,
    telegram: sandbox.telegram,
    produce,
    readAll,
  });
  shop = new LandingSite();
  // All visitors here come from one address with one browser.
  [clicks] = await Promise.all([installation.start({ SAME_VISITOR_MS: '0' }), shop.listen()]);
  siteId = await addSite();
  await installation.setUpChannel('vip', { siteId, username: NAME });
  await eventually(
    async () => expect(await stockOf(clicks, 'vip')).toMatchObject({ state: 'stocked', hasFallback: true }),
    { timeoutMs: 30_000 },
  );
  browser = await chromium.launch({
    executablePath: programPath('chromium'),
    // Telegram is not asked: what counts is where the browser was sent.
    args: [
      '--no-sandbox',
      // Here and not in the context, which is too late for tabs that a click opens.
      `--user-agent=${PHONE}`,
      '--no-proxy-server',
      '--host-resolver-rules=MAP t.me ~NOTFOUND,MAP *.t.me ~NOTFOUND',
    ],
  });
});

afterAll(async () => {
  await browser.close();
  await shop.close();
  await installation.close();
  await sandbox.close();
});

beforeEach(async () => {
  faults = [];
  await newVisitor();
});

afterEach(async () => {
  await context.close();
  expect(faults).toEqual([]);
});

const addSite = (tracker: SiteFacts['tracker'] = {}, facts: Partial<SiteFacts> = {}): Promise<string> =>
  configureSite(installation, clicks, { allowedOrigins: [shop.origin], tracker, ...facts }, eventually);

async function newVisitor(): Promise<void> {
  context = await browser.newContext();
  context.on('weberror', (fault) => faults.push(String(fault.error())));
  page = await context.newPage();
}

const script = (site = siteId): string => snippetOf({ clickUrl: clicks.url, siteId: site });
const plainJoin = (): string => `${clicks.url}/c/vip`;
const JOIN = '<a id="join" data-clickjoin="vip" href="https://shop.example/join">Join</a>';

function put(path: string, { head = script(), body = JOIN, headers = {} }: LandingPage = {}): string {
  return shop.put(path, { head, body, headers });
}

const hrefOf = (selector = '#join', where: Page | Frame = page): Promise<string | null> =>
  where.getAttribute(selector, 'href');

/** What the link would tell the click-service; undefined while it is the page's own. */
async function toldBy(selector = '#join', where: Page | Frame = page): Promise<URLSearchParams | undefined> {
  const href = (await hrefOf(selector, where)) ?? '';
  return href.startsWith(`${clicks.url}/c/`) ? new URL(href).searchParams : undefined;
}

const tracked = (selector = '#join', where: Page | Frame = page): Promise<URLSearchParams> =>
  eventually(async () => {
    const told = await toldBy(selector, where);
    if (told === undefined)
      throw new Error(`${selector} is not tracked: ${String(await hrefOf(selector, where))}`);
    return told;
  });

const untracked = (selector = '#join', where: Page | Frame = page): Promise<void> =>
  eventually(async () => expect(await toldBy(selector, where)).toBeUndefined());

/** Settles when the tracker has got the settings, which must be awaited from before the page is opened. */
const settingsArrive = () => page.waitForResponse((response) => response.url().includes('/v1/tracker/'));

async function open(url: string): Promise<void> {
  const arrived = settingsArrive();
  await page.goto(url);
  await (await arrived).finished();
}

/** What the act sends the browser to: an invite link of the visitor's own. */
async function inviteFrom(act: () => Promise<unknown>): Promise<string> {
  const answered = context.waitForEvent('response', (response) => response.url().includes('/c/vip'));
  await act();
  const response = await answered;
  expect(response.status()).toBe(302);
  const location = (await response.headersArray()).find(({ name }) => name.toLowerCase() === 'location');
  expect(location?.value).toMatch(/^https:\/\/t\.me\/\+/);
  return location?.value ?? '';
}

async function clickWith(ttclid: string): Promise<ClickCaptured> {
  return eventually(async () => {
    const records = await readAll(`${PREFIX}${topics.clickCaptured.name}`);
    const found = records.flatMap(({ value }) => {
      const decoded = decode(topics.clickCaptured, value);
      if (!decoded.ok) throw new Error(decoded.reason);
      return decoded.event.ad.ttclid === ttclid ? [decoded.event] : [];
    });
    expect(found).toHaveLength(1);
    return found[0]!;
  });
}

const stored = (where: Page | Frame = page): Promise<string> =>
  where.evaluate<string>('JSON.stringify(localStorage) + document.cookie');
const fault = (where: Page | Frame = page): Promise<string> =>
  where.evaluate<string>('String(window.clickjoin && window.clickjoin.fault)');

describe('the tracker in a browser', () => {
  it('fresh visit: the click in the topic carries what the landing page knew', async () => {
    const ttclid = newTtclid();
    const from = put('/ad', { head: '', body: `<a id="go">Shop</a>` });
    const url = `${put('/fresh')}?ttclid=${ttclid}&utm_source=tiktok&utm_campaign=%D0%9B%D0%B5%D1%82%D0%BE&size=42#top`;
    await context.addCookies([{ name: '_ttp', value: 'ttp-1', url: shop.origin }]);
    await page.goto(from);
    await page.evaluate(`document.querySelector('#go').href = ${JSON.stringify(url)}`);
    await page.click('#go');
    await tracked();
    await inviteFrom(() => page.click('#join'));
    expect(await clickWith(ttclid)).toMatchObject({
      siteId,
      slug: 'vip',
      linkKind: 'stock',
      ad: { ttclid, utm: { source: 'tiktok', campaign: 'Лето' } },
      page: { url: url.replace('#top', ''), referrer: from },
      visitor: { ip: '127.0.0.1', userAgent: PHONE, ttp: 'ttp-1' },
    });
  });

  it('return visit: an ad click stays until a newer one comes', async () => {
    const [first, second] = [newTtclid(), newTtclid()];
    const url = put('/return');
    await open(`${url}?ttclid=${first}&utm_source=one`);
    await tracked();
    for (const later of ['', '?utm_source=newsletter', '?ttclid=', '?x=ttclid=1']) {
      await open(url + later);
      expect((await tracked()).get('url')).toBe(`${url}?ttclid=${first}&utm_source=one`);
    }
    await open(`${url}?ttclid=${second}`);
    await eventually(async () => expect((await tracked()).get('url')).toBe(`${url}?ttclid=${second}`));
    await open(url);
    await inviteFrom(() => page.click('#join'));
    expect((await clickWith(second)).ad).toEqual({ ttclid: second });
  });

  it('return visit: links are ready before the settings have come again', async () => {
    const ttclid = newTtclid();
    const url = put('/ready');
    await open(`${url}?ttclid=${ttclid}`);
    await tracked();
    await context.route('**/v1/tracker/*', () => undefined);
    await page.goto(url);
    expect((await tracked()).get('url')).toContain(ttclid);
  });

  it('forgets an ad click after the days that the site sets', async () => {
    const url = put('/old');
    await open(`${url}?ttclid=${newTtclid()}`);
    await tracked();
    await page.evaluate(`for (const key of Object.keys(localStorage)) {
      const kept = JSON.parse(localStorage[key]);
      kept.landing[0] -= 28 * 86400000 + 60000;
      localStorage[key] = JSON.stringify(kept);
    }`);
    await open(url);
    await eventually(async () => expect((await tracked()).get('url')).toBe(url));
  });

  it('links to the channel itself, links to /c/<slug>, and no others', async () => {
    const links = {
      plain: `${clicks.url}/c/vip`,
      tagged: `${clicks.url}/c/vip?utm_content=hero#now`,
      tme: `https://t.me/${NAME}`,
      slash: `http://T.ME/${NAME.toLowerCase()}/#x`,
      relative: `//telegram.me/${NAME}`,
      app: `tg://resolve?domain=${NAME}`,
      post: `https://t.me/${NAME}/12`,
      boost: `https://t.me/${NAME}?boost`,
      other: 'https://t.me/somebody_else',
      api: `${clicks.url}/t.js`,
      broken: 'https://[nowhere/',
      script: 'javascript:void(0)',
      mail: 'mailto:a@example.com',
    };
    const body = Object.entries(links).map(([id, href]) => `<a id="${id}" href="${href}">x</a>`);
    await open(
      put('/links', { body: `${body.join('')}<a id="none">x</a><svg><a id="svg" href="#">x</a></svg>` }),
    );
    await tracked('#plain');
    const paths = async (ids: readonly string[]) =>
      Promise.all(ids.map(async (id) => ((await hrefOf(`#${id}`)) ?? '').split(/[?&]url=/)[0]));
    expect(await paths(['plain', 'tagged', 'tme', 'slash', 'relative', 'app'])).toEqual([
      plainJoin(),
      `${plainJoin()}?utm_content=hero`,
      ...Array.from({ length: 4 }, plainJoin),
    ]);
    const others = ['post', 'boost', 'other', 'api', 'broken', 'script', 'mail'] as const;
    for (const id of others) expect(await hrefOf(`#${id}`)).toBe(links[id]);
    expect([await hrefOf('#none'), await hrefOf('#svg')]).toEqual([null, '#']);
    expect(await fault()).toBe('undefined');
  });

  it('links that come, change, are copied, or stand in a shadow tree', async () => {
    const ttclid = newTtclid();
    await open(`${put('/later')}?ttclid=${ttclid}`);
    await tracked();
    await page.evaluate(`
      document.body.insertAdjacentHTML('beforeend', '<div><p><a id="late" href="https://t.me/${NAME}">x</a></p></div>');
      const copy = document.querySelector('#join').cloneNode(true);
      copy.id = 'copy';
      document.body.append('text', copy);
      document.body.insertAdjacentHTML('beforeend', '<a id="changed" href="/elsewhere">x</a>');
    `);
    expect((await tracked('#late')).get('url')).toContain(ttclid);
    expect((await tracked('#copy')).get('url')).toContain(ttclid);
    await page.evaluate(`document.querySelector('#changed').href = 'tg://resolve?domain=${NAME}'`);
    expect((await tracked('#changed')).get('url')).toContain(ttclid);
    await page.evaluate(`document.querySelector('#changed').href = '/elsewhere'`);
    await untracked('#changed');

    await page.evaluate(`
      const host = document.createElement('div');
      document.body.append(host);
      host.attachShadow({ mode: 'open' }).innerHTML = '<a id="deep" href="https://t.me/${NAME}"><b>deep</b></a>';
    `);
    await inviteFrom(() => page.click('#deep b'));
    expect((await clickWith(ttclid)).slug).toBe('vip');
  });

  it.each([
    { way: 'middle click', act: () => page.click('#join', { button: 'middle' }) },
    { way: 'click with Ctrl', act: () => page.click('#join', { modifiers: ['Control'] }) },
    { way: 'Enter on the keyboard', act: () => page.press('#join', 'Enter') },
    { way: 'target=_blank', act: () => page.click('#blank') },
    { way: "a page's own window.open", act: () => page.click('#opener') },
    { way: "a script's click()", act: () => page.evaluate(`document.querySelector('#join').click()`) },
  ])('$way', async ({ act }) => {
    const ttclid = newTtclid();
    const body = `${JOIN}<a id="blank" target="_blank" rel="noreferrer" data-clickjoin="vip" href="/x"><i>x</i></a>
      <a id="opener" data-clickjoin="vip" href="/x" onclick="window.open(this.href); return false">x</a>`;
    await open(`${put('/ways', { body })}?ttclid=${ttclid}`);
    await tracked();
    // TikTok's own script comes after ours.
    await page.evaluate(`document.cookie = '_ttp=late-ttp'`);
    await act();
    expect(await clickWith(ttclid)).toMatchObject({ linkKind: 'stock', visitor: { ttp: 'late-ttp' } });
  });

  it('click while the script is on its way: the plain link brings the ttclid as referrer', async () => {
    const ttclid = newTtclid();
    await context.route('**/t.js', () => undefined);
    const body = linkSnippetOf({ clickUrl: clicks.url, slug: 'vip' });
    // It never comes, and the page is there all the same: it is not waited for.
    await page.goto(`${put('/early', { body })}?ttclid=${ttclid}&utm_source=tiktok`, { waitUntil: 'commit' });
    await inviteFrom(() => page.click('text=Join on Telegram'));
    expect((await clickWith(ttclid)).ad.utm).toEqual({ source: 'tiktok' });
  });

  it.each([
    { what: 'the script', pattern: '**/t.js' },
    { what: 'its settings', pattern: '**/v1/tracker/*' },
  ])('$what fails to load: the link works as it is', async ({ pattern }) => {
    const ttclid = newTtclid();
    const failed = page.waitForEvent('requestfailed');
    await context.route(pattern, (route) => route.abort());
    const body = linkSnippetOf({ clickUrl: clicks.url, slug: 'vip' });
    await page.goto(`${put('/failing', { body })}?ttclid=${ttclid}`);
    await failed;
    await inviteFrom(() => page.click('text=Join on Telegram'));
    await clickWith(ttclid);
  });

  it('an outage of the click-service changes nothing of what was known', async () => {
    const ttclid = newTtclid();
    const url = put('/outage');
    await open(`${url}?ttclid=${ttclid}`);
    await tracked();
    await context.route('**/v1/tracker/*', (route) => route.fulfill({ status: 503, json: { title: 'x' } }));
    await open(url);
    expect((await tracked()).get('url')).toContain(ttclid);
    expect(await fault()).toBe('undefined');
  });

  it('storage blocked: a sandboxed frame has none at all', async () => {
    const ttclid = newTtclid();
    const inner = `${put('/inner')}?ttclid=${ttclid}`;
    await page.goto(
      put('/outer', {
        head: '',
        body: `<iframe sandbox="allow-scripts allow-top-navigation-by-user-activation" src="${inner}"></iframe>`,
      }),
    );
    const frame = await eventually(() => {
      const found = page.frames().find((each) => each.url() === inner);
      if (found === undefined) throw new Error('no frame');
      return found;
    });
    await tracked('#join', frame);
    expect(await fault(frame)).toContain('SecurityError');
    await frame.evaluate(`document.querySelector('#join').target = '_top'`);
    await inviteFrom(() => frame.click('#join'));
    expect((await clickWith(ttclid)).page.url).toBe(inner);
  });

  it('storage blocked: web views without localStorage keep it in a cookie', async () => {
    await context.addInitScript(`Object.defineProperty(window, 'localStorage', { value: null })`);
    const ttclid = newTtclid();
    const url = put('/webview');
    await open(`${url}?ttclid=${ttclid}&a=1;b=2`);
    await tracked();
    const [kept] = await context.cookies();
    const days = ((kept?.expires ?? 0) * 1_000 - Date.now()) / 86_400_000;
    expect([kept?.name, Math.round(days)]).toEqual([`clickjoin-${siteId}`, 28]);
    await open(url);
    expect((await tracked()).get('url')).toBe(`${url}?ttclid=${ttclid}&a=1;b=2`);
  });

  it('storage full, and storage with nonsense in it', async () => {
    const ttclid = newTtclid();
    const url = put('/full');
    await page.goto(put('/first', { head: '' }));
    await page.evaluate(
      `localStorage['clickjoin-${siteId}'] = '{"settings":{"isEnabled":true},"landing":7}'`,
    );
    await open(`${url}?ttclid=${ttclid}`);
    expect((await tracked()).get('url')).toContain(ttclid);
    await page.evaluate(`localStorage.clear();
      for (let size = 1 << 23; size; size >>= 1) try { localStorage[size] = 'x'.repeat(size) } catch {}`);
    await open(`${url}?ttclid=${ttclid}`);
    expect((await tracked()).get('url')).toContain(ttclid);
    expect((await context.cookies()).map(({ name }) => name)).toEqual([`clickjoin-${siteId}`]);
  });

  it.each([
    { name: 'markup', query: `utm_source="><script>alert(1)</script>&x='%22%3E` },
    { name: 'broken escapes', query: 'utm_source=tiktok&x=%&y=%E0%A4%A&z=%00%ff' },
    { name: 'emoji and right-to-left', query: `utm_source=😀&x=${encodeURIComponent('שלום‮')}` },
    {
      name: "names of JavaScript's own",
      query: 'utm_source=tiktok&__proto__=1&constructor=2&hasOwnProperty=3',
    },
    { name: 'the same twice', query: 'ttclid=second&utm_source=a&utm_source=b' },
  ])('hostile query: $name', async ({ query }) => {
    const ttclid = newTtclid();
    await open(`${put('/hostile')}?ttclid=${ttclid}&${query}`);
    const address = page.url();
    expect((await tracked()).get('url')).toBe(address);
    expect(await fault()).toBe('undefined');
    await inviteFrom(() => page.click('#join'));
    const click = await clickWith(ttclid);
    expect(click.page.url).toBe(address);
    expect(click.ad.utm?.source).toBe(new URL(address).searchParams.get('utm_source'));
  });

  it('a ttclid of 1,500 characters in a landing URL of 12 KB arrives whole', async () => {
    const ttclid = `${newTtclid()}${'y'.repeat(1_400)}`;
    const junk = Array.from({ length: 250 }, (_, index) => `p${index}=${'z'.repeat(36)}`);
    const query = [...junk.slice(0, 99), `ttclid=${ttclid}`, ...junk.slice(99), 'utm_source=tiktok'].join(
      '&',
    );
    await open(`${put('/long')}?${query}`);
    await tracked();
    expect(String(await hrefOf()).length).toBeLessThan(6_200);
    await inviteFrom(() => page.click('#join'));
    expect((await clickWith(ttclid)).ad).toEqual({ ttclid, utm: { source: 'tiktok' } });
  });

  it('a page that tidies up its address before the script runs', async () => {
    const ttclid = newTtclid();
    const url = put('/tidy', { head: `<script>history.replaceState({}, '', '/tidy')</script>${script()}` });
    await open(`${url}?ttclid=${ttclid}`);
    expect((await tracked()).get('url')).toContain(ttclid);
    expect(page.url()).toBe(url);
  });

  it('a page with a strict Content-Security-Policy', async () => {
    const csp = (connect: string): Record<string, string> => ({
      'content-security-policy': `default-src 'none'; script-src ${clicks.url}; connect-src ${connect}`,
    });
    await open(`${put('/csp', { headers: csp(clicks.url) })}?ttclid=1`);
    await tracked();
    expect(await fault()).toBe('undefined');

    await newVisitor();
    await page.goto(put('/csp-closed', { headers: csp("'none'") }));
    await eventually(async () => expect(await fault()).toContain('TypeError'));
    expect(await hrefOf()).toBe('https://shop.example/join');
  });

  it('twice on one page, and beside the tracker of another installation', async () => {
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/v1/tracker/')) asked.push(request.url());
    });
    const otherUrl = clicks.url.replace('127.0.0.1', 'localhost');
    const otherSite = await addSite();
    const other = snippetOf({ clickUrl: otherUrl, siteId: otherSite });
    const body = `${JOIN}<a id="ours" href="${clicks.url}/c/vip">x</a><a id="theirs" href="${otherUrl}/c/vip">x</a>`;
    await page.goto(`${put('/twice', { head: script() + script() + other, body })}?ttclid=1`, {
      waitUntil: 'networkidle',
    });
    await tracked('#ours');
    expect(asked.sort()).toEqual(
      [`${clicks.url}/v1/tracker/${siteId}`, `${otherUrl}/v1/tracker/${otherSite}`].sort(),
    );
    // Both want the named link, and neither may freeze the page over it.
    expect(await hrefOf()).toMatch(/\/c\/vip\?url=http/);
    expect(await hrefOf('#theirs')).toMatch(/^http:\/\/localhost.*\/c\/vip\?url=http/);
    expect(await fault()).toBe('undefined');
  });

  it('a page whose own script takes back each change is not frozen', async () => {
    const stubborn = `<script>
      new MutationObserver(() => {
        const link = document.querySelector('#join');
        if (link && link.getAttribute('href') !== '/mine') link.setAttribute('href', '/mine');
      }).observe(document, { subtree: true, childList: true, attributes: true });
    </script>`;
    await open(`${put('/stubborn', { head: stubborn + script() })}?ttclid=1`);
    expect(await page.evaluate('1 + 1')).toBe(2);
    await page.evaluate(
      `document.querySelector('#join').dispatchEvent(new MouseEvent('auxclick', { bubbles: true, composed: true }))`,
    );
    expect(await fault()).toBe('undefined');
  });

  it('an element named like the queue', async () => {
    await open(`${put('/clobbered', { body: `<div id="clickjoin"></div>${JOIN}` })}?ttclid=1`);
    await tracked();
  });
});

describe('what the tracker may do', () => {
  const say = (isGiven: boolean): Promise<unknown> =>
    page.evaluate(`(window.clickjoin = window.clickjoin || []).push({ consent: ${isGiven} })`);
  const early = (isGiven: boolean): string =>
    `<script>(window.clickjoin = window.clickjoin || []).push({ consent: ${isGiven} })</script>`;

  it('consent needed: nothing before, all after, nothing again', async () => {
    const site = await addSite({ needsConsent: true });
    const ttclid = newTtclid();
    const url = put('/consent', { head: script(site) });
    await open(`${url}?ttclid=${ttclid}`);
    expect(await toldBy()).toBeUndefined();
    expect(await stored()).toBe('{}');

    await say(true);
    expect((await tracked()).get('url')).toContain(ttclid);
    expect(await stored()).toContain(ttclid);

    // The next page must say it anew, and until then what was stored is neither used nor lost.
    await open(url);
    expect(await toldBy()).toBeUndefined();
    expect(await stored()).toContain(ttclid);
    await open(put('/consent-early', { head: early(true) + script(site) }));
    expect((await tracked()).get('url')).toContain(ttclid);

    await say(false);
    await untracked();
    expect(await hrefOf()).toBe('https://shop.example/join');
    expect(await page.getAttribute('#join', 'data-clickjoin-was')).toBeNull();
    expect(await stored()).toBe('{}');
  });

  it('consent refused where none was asked for is heeded, too', async () => {
    const url = put('/refused', { head: early(false) + script() });
    await open(`${url}?ttclid=1`);
    expect(await toldBy()).toBeUndefined();
    expect(await stored()).toBe('{}');
    await say(true);
    await tracked();
  });

  it.each([
    { name: 'Do Not Track', property: 'doNotTrack', value: `'1'`, respects: true, isTracked: false },
    {
      name: 'Global Privacy Control',
      property: 'globalPrivacyControl',
      value: 'true',
      respects: true,
      isTracked: false,
    },
    {
      name: 'Do Not Track, which the site ignores',
      property: 'doNotTrack',
      value: `'1'`,
      respects: false,
      isTracked: true,
    },
    {
      name: 'a browser that does not mind',
      property: 'doNotTrack',
      value: `'0'`,
      respects: true,
      isTracked: true,
    },
  ])('$name', async ({ property, value, respects, isTracked }) => {
    const site = await addSite({ respectsDoNotTrack: respects });
    await context.addInitScript(`Object.defineProperty(navigator, '${property}', { value: ${value} })`);
    await open(`${put('/dnt', { head: script(site) })}?ttclid=1`);
    if (isTracked) await tracked();
    else {
      expect(await toldBy()).toBeUndefined();
      expect(await stored()).toBe('{}');
    }
  });

  it('kill switch: undoes what it finds, and the next page is left alone from the start', async () => {
    const site = await addSite();
    const body = `${JOIN}<a id="relative" data-clickjoin="vip" href="join.html">x</a><a id="bare" data-clickjoin="vip">x</a>`;
    const url = put('/killed', { head: script(site), body });
    // The browser's own cache would keep the settings for two minutes: routing switches it off.
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await open(`${url}?ttclid=1`);
    await tracked('#bare');

    await addSite({ isEnabled: false }, { siteId: site });
    await context.route('**/v1/tracker/*', async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(url);
    await tracked('#bare');
    await page.evaluate(`
      const copy = document.querySelector('#relative').cloneNode(true);
      copy.id = 'copy';
      document.body.append(copy);
    `);
    await tracked('#copy');
    const arrived = settingsArrive();
    release?.();
    await arrived;
    await untracked('#bare');
    expect(await Promise.all(['#join', '#relative', '#copy', '#bare'].map((each) => hrefOf(each)))).toEqual([
      'https://shop.example/join',
      'join.html',
      'join.html',
      null,
    ]);
    expect(await stored()).toBe('{}');

    await context.unrouteAll();
    await context.route('**/v1/tracker/*', () => undefined);
    const asked = page.waitForRequest('**/v1/tracker/*');
    await page.goto(url);
    await asked;
    expect(await toldBy()).toBeUndefined();
  });

  it('a site that is no more is left alone', async () => {
    const nobody = '00000000-0000-4000-8000-000000000000';
    await open(put('/nobody', { head: script(nobody) }));
    expect(await hrefOf()).toBe('https://shop.example/join');
    expect(await stored()).toBe('{}');
    expect(await fault()).toBe('undefined');
  });

  it('tells that the script was seen, once a minute for each site and origin that the site lists', async () => {
    const listed = await addSite();
    const unlisted = await addSite({}, { allowedOrigins: ['https://shop.example'] });
    for (const site of [listed, listed, unlisted]) {
      await newVisitor();
      await open(put('/seen', { head: script(site) }));
      await tracked();
      await context.close();
    }
    await newVisitor();
    const seen = await eventually(async () => {
      const found = (await readAll(`${PREFIX}${topics.scriptSeen.name}`)).flatMap(({ key, value }) => {
        const decoded = decode(topics.scriptSeen, value);
        if (!decoded.ok) throw new Error(decoded.reason);
        const event: ScriptSeen = decoded.event;
        return event.siteId === listed || event.siteId === unlisted ? [{ key: key?.toString(), event }] : [];
      });
      expect(found).not.toEqual([]);
      return found;
    });
    expect(seen).toEqual([
      {
        key: `${listed}:${shop.origin}`,
        event: { siteId: listed, origin: shop.origin, seenAt: expect.stringMatching(/Z$/) as string },
      },
    ]);
  });
});

describe('what the click-service serves', () => {
  it('the script: small, cacheable, for every page', async () => {
    const as = (coding: string, headers: Record<string, string> = {}) =>
      fetch(`${clicks.url}/t.js`, { headers: { 'accept-encoding': coding, ...headers } });
    const [br, gzip, plain] = await Promise.all([as('gzip, deflate, br'), as('gzip'), as('identity')]);
    expect([br, gzip, plain].map(({ headers }) => headers.get('content-encoding'))).toEqual([
      'br',
      'gzip',
      null,
    ]);
    expect(Number(gzip.headers.get('content-length'))).toBeLessThanOrEqual(1_500);
    const text = await plain.text();
    expect([await br.text(), await gzip.text()]).toEqual([text, text]);
    expect(Object.fromEntries(gzip.headers)).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': expect.stringMatching(/^public, max-age=3600/) as string,
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
      vary: 'Accept-Encoding',
      etag: plain.headers.get('etag'),
    });
    const again = await as('gzip', { 'if-none-match': gzip.headers.get('etag') ?? '' });
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([
      304,
      '',
      gzip.headers.get('etag'),
    ]);
    const head = await fetch(`${clicks.url}/t.js`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('the settings: for every page, for some minutes; nothing of sites that are not there', async () => {
    const answer = await fetch(`${clicks.url}/v1/tracker/${siteId}`, {
      headers: { origin: 'https://any.example' },
    });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': expect.stringMatching(/^public, max-age=120/) as string,
      'access-control-allow-origin': '*',
    });
    expect(await answer.json()).toEqual({
      isEnabled: true,
      keepDays: 28,
      needsConsent: false,
      respectsDoNotTrack: false,
      channels: [{ slug: 'vip', hrefs: expect.arrayContaining(['t.me/vip_channel']) as string[] }],
    });
    for (const unknown of ['00000000-0000-4000-8000-000000000000', 'x', '%00', '__proto__', 'a'.repeat(90)]) {
      const refused = await fetch(`${clicks.url}/v1/tracker/${unknown}`);
      expect([unknown, refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([
        unknown,
        404,
        '*',
      ]);
    }
  });
});
