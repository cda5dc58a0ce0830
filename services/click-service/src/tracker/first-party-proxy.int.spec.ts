import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topics } from '@clickjoin/contracts';
import { freePorts } from '@clickjoin/dev-stack/embedded';
import { startSandbox, type Sandbox } from '@clickjoin/sandbox';
import { eventually, produce, programPath, readAll, testInfra, uniquePrefix } from '@clickjoin/testing';
import { ask, Installation, SITE_KEY, stockOf, type Service } from '../installation.fixture';
import { buildTracker, configureSite } from './tracked-site.fixture';

const RECIPES = join(__dirname, '../../../../docs/recipes');
const FORGED = '203.0.113.66';
const PATHS_OF_OPERATORS = [
  '/metrics',
  '/health/live',
  '/v1/stock',
  '/v1/openapi.json',
  '/c/shop/more',
  '/c/',
];

let sandbox: Sandbox;
let installation: Installation;
let clicks: Service;
let folder: string;
let siteId: string;

/** The landing site's origin, with a proxy of the recipe in front of it. */
interface Front {
  readonly url: string;
  readonly running: ChildProcess;
}
const fronts: Front[] = [];
const allowedOrigins = (): string[] => fronts.map(({ url }) => url);

const recipe = (name: string): Promise<string> => readFile(join(RECIPES, name), 'utf8');

beforeAll(async () => {
  await buildTracker();
  folder = await mkdtemp(join(tmpdir(), 'clickjoin-proxy-'));
  // Workers of nginx may run as another user.
  await chmod(folder, 0o755);
  await mkdir(join(folder, 'www'));
  await writeFile(join(folder, 'www', 'index.html'), '<!doctype html><title>Shop</title>');
  sandbox = await startSandbox();
  const { brokers, databaseUrl } = testInfra();
  installation = new Installation({
    brokers,
    databaseUrl,
    prefix: uniquePrefix('proxy'),
    telegramApiUrl: sandbox.telegramApiUrl,
    telegram: sandbox.telegram,
    produce,
    readAll,
  });
  clicks = await installation.start({ SAME_VISITOR_MS: '0', TRUSTED_PROXIES: '127.0.0.1/32' });
  const [nginxPort, originPort, caddyPort, workerPort] = await freePorts(4);
  fronts.push(
    await startNginx(nginxPort!, originPort!),
    await startCaddy(caddyPort!),
    await startWorker(workerPort!, originPort!),
  );
  siteId = await configureSite(installation, clicks, { allowedOrigins: allowedOrigins() }, eventually);
  await installation.setUpChannel('shop', { siteId });
  await eventually(async () => expect(await stockOf(clicks, 'shop')).toMatchObject({ state: 'stocked' }), {
    timeoutMs: 30_000,
  });
});

afterAll(async () => {
  await Promise.all(
    fronts.map(async ({ running }) => {
      const ended = new Promise((resolve) => running.once('exit', resolve));
      if (running.exitCode === null && running.kill()) await ended;
    }),
  );
  await installation.close();
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

async function launch(url: string, command: string, args: readonly string[], env = {}): Promise<Front> {
  const running = spawn(command, args, {
    env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  running.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
  await eventually(async () => {
    if (running.exitCode !== null) throw new Error(`${command} ended: ${said}`);
    await fetch(url);
  });
  return { url, running };
}

/** The recipe's files as they are, but for ports and, in the Worker's origin, for the certificate. */
async function startNginx(port: number, originPort: number): Promise<Front> {
  const upstream = await recipe('nginx/upstream.conf');
  const origin = await recipe('cloudflare/origin.conf');
  expect(upstream).toContain('server 127.0.0.1:4001;');
  await writeFile(
    join(folder, 'upstream.conf'),
    upstream.replace('127.0.0.1:4001', clicks.url.replace('http://', '')),
  );
  await writeFile(
    join(folder, 'origin.conf'),
    origin.replace('listen 443 ssl', `listen 127.0.0.1:${originPort}`).replace(/^ *ssl_certificate.*$/gm, ''),
  );
  await cp(join(RECIPES, 'nginx/locations.conf'), join(folder, 'locations.conf'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  await writeFile(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/nginx.pid; error_log stderr;
     events {}
     http {
       access_log off; ${temporary.join(' ')}
       include ${folder}/upstream.conf;
       include ${folder}/origin.conf;
       server {
         listen 127.0.0.1:${port};
         root ${folder}/www;
         include ${folder}/locations.conf;
         location / {}
       }
     }`,
  );
  return launch(`http://127.0.0.1:${port}`, programPath('nginx'), ['-p', folder, '-c', 'nginx.conf']);
}

async function startCaddy(port: number): Promise<Front> {
  await writeFile(
    join(folder, 'Caddyfile'),
    `{\n  admin off\n  auto_https off\n}\n${await recipe('caddy/Caddyfile')}`,
  );
  const url = `http://127.0.0.1:${port}`;
  return launch(
    url,
    programPath('caddy'),
    ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'],
    {
      CLICKJOIN_UPSTREAM: clicks.url.replace('http://', ''),
      LANDING_SITE: url,
      LANDING_ROOT: join(folder, 'www'),
    },
  );
}

/** Cloudflare's side in a few lines: it says whom it talks to, whatever the visitor said. */
async function startWorker(port: number, originPort: number): Promise<Front> {
  await cp(join(RECIPES, 'cloudflare/worker.js'), join(folder, 'worker.mjs'));
  await writeFile(
    join(folder, 'cloudflare.mjs'),
    `import { createServer } from 'node:http';
     import worker from './worker.mjs';
     const env = { CLICK_ORIGIN: 'http://127.0.0.1:${originPort}', CLICK_SECRET: process.env.CLICK_SECRET };
     createServer(async (incoming, outgoing) => {
       if (incoming.url === '/') return outgoing.end('<!doctype html><title>Shop</title>');
       const headers = new Headers(incoming.headers);
       headers.set('cf-connecting-ip', '127.0.0.1');
       headers.delete('host');
       headers.delete('connection');
       const body = incoming.method === 'POST' ? incoming : undefined;
       const request = new Request('http://127.0.0.1:${port}' + incoming.url,
         { method: incoming.method, headers, body, duplex: 'half' });
       const answer = await worker.fetch(request, env);
       const answered = Object.fromEntries(answer.headers);
       delete answered['content-encoding'];
       delete answered['content-length'];
       outgoing.writeHead(answer.status, answered);
       outgoing.end(Buffer.from(await answer.arrayBuffer()));
     }).listen(${port}, '127.0.0.1');`,
  );
  const [, secret] = /"([^"]+)" 1;/.exec(await recipe('cloudflare/origin.conf')) ?? [];
  return launch(`http://127.0.0.1:${port}`, process.execPath, [join(folder, 'cloudflare.mjs')], {
    CLICK_SECRET: secret,
  });
}

describe.each([
  { proxy: 'nginx', index: 0 },
  { proxy: 'Caddy', index: 1 },
  { proxy: 'the Cloudflare Worker, with nginx at the origin', index: 2 },
])('first-party by $proxy', ({ index }) => {
  const front = (): Front => fronts[index]!;
  const clickWith = (ttclid: string) =>
    eventually(async () => {
      const found = (await installation.clicks()).filter(({ ad }) => ad.ttclid === ttclid);
      expect(found).toHaveLength(1);
      return found[0]!;
    });

  it('serves the landing page, the tracker and its settings from one origin', async () => {
    const page = await ask(front(), '/');
    expect(page.text).toContain('<title>Shop</title>');
    const script = await ask(front(), '/t.js');
    expect([script.status, script.headers.get('content-type')]).toEqual([
      200,
      'text/javascript; charset=utf-8',
    ]);
    expect(script.text).toBe((await ask(clicks, '/t.js')).text);
    const again = await ask(front(), '/t.js', {
      headers: { 'if-none-match': script.headers.get('etag') ?? '', 'accept-encoding': 'gzip, deflate, br' },
    });
    expect([again.status, again.text]).toEqual([304, '']);
    const settings = await ask(front(), `/v1/tracker/${siteId}`);
    expect(settings.body).toMatchObject({ isEnabled: true, channels: [{ slug: 'shop' }] });

    // Within its own origin a browser says where it is by the referrer only.
    await ask(front(), `/v1/tracker/${siteId}`, { headers: { referer: `${front().url}/?ttclid=1` } });
    await eventually(async () => {
      const seen = await readAll(`${installation.around.prefix}${topics.scriptSeen.name}`);
      expect(seen.map(({ key }) => key?.toString())).toContain(`${siteId}:${front().url}`);
    });
  });

  it('the redirect is the browser’s, the address the peer’s, and a forged one is nobody’s', async () => {
    // Over the 8 KB that nginx takes for a line by itself.
    const ttclid = `E.${index}.${'x'.repeat(4_000)}`;
    const answer = await ask(front(), `/c/shop?ttclid=${ttclid}&more=${'y'.repeat(6_000)}`, {
      headers: {
        'x-forwarded-for': FORGED,
        'x-real-ip': FORGED,
        forwarded: `for=${FORGED}`,
        'cf-connecting-ip': FORGED,
        'x-clickjoin-visitor': FORGED,
        cookie: 'session=of-the-shop',
      },
    });
    expect([answer.status, answer.location]).toEqual([302, expect.stringMatching(/^https:\/\/t\.me\/\+/)]);
    expect((await clickWith(ttclid)).visitor.ip).toBe('127.0.0.1');
  });

  it('takes clicks of pages and of servers', async () => {
    const ttclid = `api.${index}`;
    const own = await ask(front(), '/v1/clicks', {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: front().url, 'x-forwarded-for': FORGED },
      body: JSON.stringify({ siteId, slug: 'shop', ttclid }),
    });
    expect(own.status).toBe(202);
    expect((await clickWith(ttclid)).visitor.ip).toBe('127.0.0.1');
    const batch = await ask(front(), '/v1/clicks/batch', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${SITE_KEY}` },
      body: JSON.stringify({ clicks: [{ clickId: randomUUID(), slug: 'shop', ttclid: `batch.${index}` }] }),
    });
    expect(batch).toMatchObject({ status: 202 });
  });

  it("keeps the operators' routes to themselves", async () => {
    for (const path of PATHS_OF_OPERATORS) {
      expect({ path, status: (await ask(front(), path)).status }).toEqual({ path, status: 404 });
    }
  });
});

it('pages of an origin that the site does not list get nowhere', async () => {
  const stranger = await ask(fronts[0]!, '/v1/clicks', {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: 'https://evil.example' },
    body: JSON.stringify({ siteId, slug: 'shop' }),
  });
  expect(stranger.status).toBe(403);
});
