import { createTestDatabase, testInfra, uniquePrefix, type TestDatabase } from '@clickjoin/testing';
import {
  cookieIn,
  dropDatabaseOf,
  PASSWORD,
  startDashboard,
  type Place,
  type TestDashboard,
} from '../../test/dashboard';

const SIGNED_OUT = { cookie: undefined };
const OPEN = new Set(['POST /v1/session', 'DELETE /v1/session']);

let database: TestDatabase;
let place: Place;
let dashboard: TestDashboard;

const withSamples = (url: string): string =>
  url.replace(/:chatId/g, '-1001234567890').replace(/:\w+/g, '0198f3a0-0000-7000-8000-000000000001');

beforeAll(async () => {
  database = await createTestDatabase();
  place = { brokers: testInfra().brokers, databaseUrl: database.url, topicPrefix: uniquePrefix('sign-in') };
  dashboard = await startDashboard(place);
});

afterAll(async () => {
  await dashboard.stop();
  await dropDatabaseOf(place);
  await database.drop();
});

describe('signing in', () => {
  it('opens a session for the right password, in a cookie that scripts and other sites never get', async () => {
    const answer = await dashboard.ask('POST', '/v1/session', { password: PASSWORD }, SIGNED_OUT);
    expect(answer.status).toBe(204);
    const attributes = (answer.headers.get('set-cookie') ?? '').split('; ');
    expect(attributes[0]).toMatch(/^clickjoin_session=[A-Za-z0-9_-]{43}$/);
    expect(attributes.slice(1).sort()).toEqual(['HttpOnly', 'Max-Age=604800', 'Path=/', 'SameSite=Strict']);

    const sites = await dashboard.ask('GET', '/v1/sites', undefined, { cookie: cookieIn(answer) });
    expect(sites.status).toBe(200);
  });

  it('marks the cookie as Secure behind a proxy that speaks https', async () => {
    const headers = { 'x-forwarded-proto': 'https' };
    const answer = await dashboard.ask(
      'POST',
      '/v1/session',
      { password: PASSWORD },
      { cookie: undefined, headers },
    );
    expect(answer.headers.get('set-cookie')).toContain('; Secure');
  });

  it('keeps neither the token nor the password', async () => {
    const answer = await dashboard.ask('POST', '/v1/session', { password: PASSWORD }, SIGNED_OUT);
    const token = cookieIn(answer).split('=')[1] ?? '';
    const rows = await dashboard.sql<{ dump: string }>(`
      SELECT encode(token_hash, 'escape') || encode(token_hash, 'base64') AS dump FROM session
      UNION ALL SELECT hash FROM admin_password`);
    expect(rows.length).toBeGreaterThan(1);
    for (const { dump } of rows) {
      expect(dump).not.toContain(token);
      expect(dump).not.toContain(PASSWORD);
    }
  });

  it('ends: at sign-out, and by itself', async () => {
    const begin = async () =>
      cookieIn(await dashboard.ask('POST', '/v1/session', { password: PASSWORD }, SIGNED_OUT));
    const status = async (cookie: string) =>
      (await dashboard.ask('GET', '/v1/sites', undefined, { cookie })).status;
    const [ended, expired, kept] = [await begin(), await begin(), await begin()];

    const end = await dashboard.ask('DELETE', '/v1/session', undefined, { cookie: ended });
    expect(end.status).toBe(204);
    expect(end.headers.get('set-cookie')).toMatch(/^clickjoin_session=; Max-Age=0;/);
    await dashboard.sql(
      `UPDATE session SET expires_at = now() - interval '1 second'
        WHERE token_hash = sha256(convert_to($1, 'UTF8'))`,
      [expired.split('=')[1]],
    );
    expect([await status(ended), await status(expired), await status(kept)]).toEqual([401, 401, 200]);
  });

  it.each([
    { name: 'no password', body: {} },
    { name: 'a password that is no text', body: { password: 7 } },
    { name: 'a password as long as a book', body: { password: 'x'.repeat(201) } },
  ])('names the field for $name', async ({ body }) => {
    const answer = await dashboard.ask('POST', '/v1/session', body, SIGNED_OUT);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body['errors']).toEqual(
      expect.arrayContaining([expect.objectContaining({ field: 'password' })]),
    );
  });

  it('refuses wrong passwords, and soon asks for a pause, also from the right one', async () => {
    const statuses: number[] = [];
    for (let guess = 0; guess < 5; guess += 1) {
      statuses.push(
        (await dashboard.ask('POST', '/v1/session', { password: `guess ${guess}` }, SIGNED_OUT)).status,
      );
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401]);
    const throttled = await dashboard.ask('POST', '/v1/session', { password: PASSWORD }, SIGNED_OUT);
    expect(throttled.status).toBe(429);
    expect(Number(throttled.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(throttled.headers.get('set-cookie')).toBeNull();
  });
});

describe('without a session', () => {
  it('every route but session, health and metrics answers 401', async () => {
    const walked = dashboard.routes.map(({ method, url }) => `${method} ${url}`);
    expect(walked).toEqual(
      expect.arrayContaining([
        'POST /v1/session',
        'GET /v1/openapi.json',
        'GET /v1/summary',
        'GET /v1/joins/:joinId',
        'HEAD /v1/joins',
        'PUT /v1/channels/:chatId',
        'PATCH /v1/pixels/:pixelId',
      ]),
    );
    for (const { method, url } of dashboard.routes) {
      if (OPEN.has(`${method} ${url}`)) continue;
      const body = ['POST', 'PUT', 'PATCH'].includes(method) ? {} : undefined;
      for (const cookie of [undefined, 'clickjoin_session=made-up', 'clickjoin_session=']) {
        const { status } = await dashboard.ask(method, withSamples(url), body, { cookie });
        expect(`${method} ${url} → ${status}`).toBe(`${method} ${url} → 401`);
      }
    }
  });

  it('health and metrics stay open', async () => {
    for (const path of ['/health/live', '/health/ready', '/metrics'])
      expect((await dashboard.ask('GET', path, undefined, SIGNED_OUT)).status).toBe(200);
  });
});

describe('a page of another site', () => {
  it.each(['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x'])(
    'cannot sign anybody in by %s',
    async (type) => {
      const answer = await dashboard.ask('POST', '/v1/session', `password=${PASSWORD}`, {
        cookie: undefined,
        headers: { 'content-type': type },
      });
      expect(answer.status).toBe(415);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
    },
  );

  it('is granted nothing by CORS', async () => {
    const headers = { origin: 'https://elsewhere.example', 'access-control-request-method': 'PUT' };
    const answer = await dashboard.ask('OPTIONS', '/v1/channels/-1', undefined, {
      cookie: undefined,
      headers,
    });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('the password', () => {
  it('is made and printed once when none is given; the environment sets another, and ends all sessions', async () => {
    const own: Place = { ...place, databaseUrl: (await createTestDatabase()).url, adminPassword: null };
    const printed: string[] = [];
    const print = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      printed.push(String(text));
      return true;
    });
    try {
      const first = await startDashboard(own);
      const password = /shown only this once: (\S+)/.exec(printed.join(''))?.[1] ?? '';
      expect(password).toMatch(/^[A-Za-z0-9]{24}$/);
      const signedIn = await first.ask('POST', '/v1/session', { password }, SIGNED_OUT);
      expect(signedIn.status).toBe(204);
      expect(first.logLines.join('')).not.toContain(password);
      await first.stop();

      printed.length = 0;
      const second = await startDashboard(own);
      expect(printed.join('')).not.toContain('shown only this once');
      const cookie = cookieIn(signedIn);
      expect((await second.ask('GET', '/v1/sites', undefined, { cookie })).status).toBe(200);
      await second.stop();

      const third = await startDashboard({ ...own, adminPassword: 'another password' });
      await third.signIn();
      expect((await third.ask('POST', '/v1/session', { password }, SIGNED_OUT)).status).toBe(401);
      expect((await third.ask('GET', '/v1/sites', undefined, { cookie })).status).toBe(401);
      await third.stop();
    } finally {
      print.mockRestore();
      await dropDatabaseOf(own);
    }
  });
});
