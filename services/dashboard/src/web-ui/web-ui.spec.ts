import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { HttpAdapterHost } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { WebUi } from './web-ui';

const SCRIPT = 'console.log("the web UI");';
let root: string;
let fastify: FastifyInstance;

async function serving(folder: string): Promise<FastifyInstance> {
  const httpAdapter = new FastifyAdapter();
  new WebUi({ httpAdapter } as unknown as HttpAdapterHost, folder).onModuleInit();
  const instance = httpAdapter.getInstance<FastifyInstance>();
  await instance.ready();
  return instance;
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'web-ui-'));
  mkdirSync(join(root, 'assets'));
  writeFileSync(
    join(root, 'index.html'),
    '<meta property="csp-nonce" nonce="__CSP_NONCE__"><script src="/assets/app-1a2b.js" nonce="__CSP_NONCE__"></script>',
  );
  writeFileSync(join(root, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(root, 'assets', 'app-1a2b.js'), SCRIPT);
  writeFileSync(join(root, 'assets', 'app-1a2b.js.gz'), gzipSync(SCRIPT));
  fastify = await serving(root);
});

afterAll(async () => {
  await fastify.close();
  rmSync(root, { recursive: true });
});

it.each(['/', '/index.html', '/sites/1/joins', '/joins/%2e%2e/x'])(
  'answers %s with the page, under a strict policy with a nonce of its own',
  async (url) => {
    const [one, other] = [await fastify.inject({ url }), await fastify.inject({ url })];
    const policy = String(one.headers['content-security-policy']);
    const nonce = /'nonce-([A-Za-z0-9+/=]{24})'/.exec(policy)?.[1] ?? 'none';
    expect(one.statusCode).toBe(200);
    expect(one.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(one.headers['cache-control']).toBe('no-store');
    expect(one.payload).toContain(`nonce="${nonce}"`);
    expect(one.payload).not.toContain('__CSP_NONCE__');
    expect(other.payload).not.toContain(nonce);
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
  },
);

it('lets files with a hash in their name be kept for ever, and sends their compressed copies', async () => {
  const url = '/assets/app-1a2b.js';
  const plain = await fastify.inject({ url });
  expect([plain.statusCode, plain.payload]).toEqual([200, SCRIPT]);
  expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect(plain.headers['x-content-type-options']).toBe('nosniff');
  const small = await fastify.inject({ url, headers: { 'accept-encoding': 'gzip' } });
  expect([small.headers['content-encoding'], small.headers['content-type']]).toEqual([
    'gzip',
    expect.stringMatching(/^(?:text|application)\/javascript; charset=utf-8$/),
  ]);
});

it('asks again for other files', async () => {
  const { statusCode, headers } = await fastify.inject({ url: '/favicon.svg' });
  expect([statusCode, headers['cache-control']]).toEqual([200, 'no-cache']);
});

it.each(['/v1/none', '/health/none', '/metrics/none', '/assets/none.js', '/assets/app-1a2b.js.gz'])(
  'has no page for %s',
  async (url) => {
    const { statusCode, headers } = await fastify.inject({ url });
    expect([statusCode, headers['content-type']]).toEqual([404, 'application/problem+json; charset=utf-8']);
  },
);

it('says so when it is not built', async () => {
  const bare = await serving(join(root, 'assets'));
  const { statusCode, payload } = await bare.inject({ url: '/' });
  expect(statusCode).toBe(503);
  expect(payload).toContain('not built');
  await bare.close();
});

it('asks browsers to stay with https where they came by it', async () => {
  const { headers } = await fastify.inject({ url: '/', headers: { 'x-forwarded-proto': 'https' } });
  expect(headers['strict-transport-security']).toBe('max-age=31536000');
  expect((await fastify.inject({ url: '/' })).headers['strict-transport-security']).toBeUndefined();
});
