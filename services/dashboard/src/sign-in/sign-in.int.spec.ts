import {
  createTestDatabase,
  eventually,
  testInfra,
  uniquePrefix,
  type TestDatabase,
} from '@clickjoin/testing';
import {
  cookieIn,
  dropDatabaseOf,
  PASSWORD,
  startDashboard,
  type Ask,
  type Place,
  type TestDashboard,
} from '../../test/dashboard';

const SIGNED_OUT = { cookie: undefined };
// The web UI's files, which show nothing that the API doesn't give.
const OPEN = new Set(['POST /v1/session', 'DELETE /v1/session', 'GET /*', 'HEAD /*']);

let database: TestDatabase;
let place: Place;
let dashboard: TestDashboard;

const withSamples = (url: string): string =>
  url
    .replace(/:chatId/g, '-1001234567890')
    .replace(/:botId/g, '7000000001')
    .replace(/:\w+/g, '0198f3a0-0000-7000-8000-000000000001');

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
        'GET /v1/events',
        'GET /v1/joins.csv',
        'POST /v1/erasures',
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

describe('an API token', () => {
  const make = async (scope: 'read' | 'write'): Promise<{ bearer: Ask; tokenId: string; token: string }> => {
    const { body } = await dashboard.ask('POST', '/v1/api-tokens', { name: `for ${scope}`, scope });
    const token = String(body['token']);
    const headers = { authorization: `Bearer ${token}` };
    return { bearer: { cookie: undefined, headers }, tokenId: String(body['tokenId']), token };
  };
  const bodyFor = (method: string) => (['POST', 'PUT', 'PATCH'].includes(method) ? {} : undefined);

  it('with read scope reads everything, and can change nothing: every route is tried', async () => {
    await dashboard.signIn();
    const { bearer } = await make('read');
    let reads = 0;
    for (const { method, url } of dashboard.routes) {
      if (OPEN.has(`${method} ${url}`) || url === '/v1/events') continue;
      const { status } = await dashboard.ask(method, withSamples(url), bodyFor(method), bearer);
      const isForPeople = url.startsWith('/v1/api-tokens') || url === '/v1/password';
      // A preview changes nothing; the empty body is what it is refused for.
      const isAsking = `${method} ${url}` === 'POST /v1/event-previews';
      const isRead = (method === 'GET' || method === 'HEAD') && !isForPeople;
      if (isRead) reads += 1;
      const expected = isRead ? [200, 400, 404, 503] : [isAsking ? 400 : 403];
      expect({ method, url, status, isAsExpected: expected.includes(status) }).toMatchObject({
        isAsExpected: true,
      });
    }
    expect(reads).toBeGreaterThan(30);
  });

  it('with write scope changes settings under its name, and makes itself no other token', async () => {
    const { bearer, token } = await make('write');
    const site = await dashboard.ask('POST', '/v1/sites', { name: 'By a program' }, bearer);
    expect(site.status).toBe(201);
    const more = await dashboard.ask('POST', '/v1/api-tokens', { name: 'more', scope: 'write' }, bearer);
    const password = { currentPassword: PASSWORD, newPassword: 'taken over by a program' };
    expect([more.status, (await dashboard.ask('PUT', '/v1/password', password, bearer)).status]).toEqual([
      403, 403,
    ]);
    const { body } = await dashboard.ask('GET', '/v1/audit?limit=1', undefined, bearer);
    expect(body['items']).toEqual([
      expect.objectContaining({ actor: { kind: 'api-token', name: 'for write' }, action: 'created' }),
    ]);
    const listed = await dashboard.ask('GET', '/v1/api-tokens');
    expect(listed.text).not.toContain(token);
    expect(listed.body['items']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'for write', lastUsedAt: expect.any(String) }),
      ]),
    );
    const [row] = await dashboard.sql<{ dump: string }>(
      'SELECT string_agg(t::text, $1) AS dump FROM api_token t',
      ['|'],
    );
    expect(row?.dump).not.toContain(token);
  });

  it('is worth nothing once it is revoked, and made-up ones never were', async () => {
    const { bearer, tokenId } = await make('write');
    const status = async () => (await dashboard.ask('GET', '/v1/sites', undefined, bearer)).status;
    expect(await status()).toBe(200);
    expect((await dashboard.ask('DELETE', `/v1/api-tokens/${tokenId}`)).status).toBe(204);
    expect(await status()).toBe(401);
    const headers = { authorization: 'Bearer cj_made-up' };
    // A wrong token is not made good by a cookie beside it.
    for (const cookie of [undefined, dashboard.cookie()])
      expect((await dashboard.ask('GET', '/v1/sites', undefined, { cookie, headers })).status).toBe(401);
  });
});

describe('live events', () => {
  it('tell what changed, and end when the session ends', async () => {
    const signedIn = await dashboard.ask('POST', '/v1/session', { password: PASSWORD }, SIGNED_OUT);
    const cookie = cookieIn(signedIn);
    const response = await fetch(`${dashboard.url}/v1/events`, { headers: { cookie } });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    let heard = '';
    let ended = false;
    const listening = (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) heard += decoder.decode(chunk as Uint8Array);
      ended = true;
    })();
    await eventually(() => expect(heard).toContain('event: watching\ndata: {}\n\n'));
    // Once: from here on nothing is missed.
    await dashboard.ask('POST', '/v1/sites', { name: 'Seen live' });
    await eventually(() => expect(heard).toMatch(/event: changed\ndata: {"kinds":\[[^\]]*"sites"/));
    expect(ended).toBe(false);
    await dashboard.ask('DELETE', '/v1/session', undefined, { cookie });
    await eventually(() => expect(ended).toBe(true));
    await listening;
  });
});

describe('answers of the API', () => {
  it('can do nothing, should a browser be made to show them, and are kept nowhere', async () => {
    const api = await dashboard.ask('GET', '/v1/sites', undefined, SIGNED_OUT);
    expect(api.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(api.headers.get('x-frame-options')).toBe('DENY');
    expect(api.headers.get('cache-control')).toBe('no-store');
  });

  it('are 404 for what is not there, and not a page of the web UI', async () => {
    for (const path of ['/health/none', '/metrics/none', '/v1/events/none'])
      expect((await dashboard.ask('GET', path, undefined, SIGNED_OUT)).status).toBe(404);
    const missing = await dashboard.ask('GET', '/v1/nothing-of-ours', undefined, SIGNED_OUT);
    expect([missing.status, missing.headers.get('content-type')]).toEqual([
      404,
      'application/problem+json; charset=utf-8',
    ]);
  });
});

describe('a page of another site', () => {
  it.each([
    { name: 'Sec-Fetch-Site', headers: { 'sec-fetch-site': 'cross-site' } },
    { name: 'a sibling domain', headers: { 'sec-fetch-site': 'same-site' } },
    { name: 'Origin alone', headers: { origin: 'https://elsewhere.example' } },
    { name: 'an opaque Origin', headers: { origin: 'null' } },
  ])('cannot change anything, even with the cookie: told by $name', async ({ headers }) => {
    await dashboard.signIn();
    const body = { name: 'Forged' };
    const answer = await dashboard.ask('POST', '/v1/sites', body, { cookie: dashboard.cookie(), headers });
    expect(answer.status).toBe(403);
    const own = await dashboard.ask('POST', '/v1/sites', body, {
      cookie: dashboard.cookie(),
      headers: { 'sec-fetch-site': 'same-origin', origin: dashboard.url },
    });
    expect(own.status).toBe(201);
  });

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
  it('is changed by whoever knows it, which ends all other sessions and stands in the list of changes', async () => {
    const own: Place = { ...place, databaseUrl: (await createTestDatabase()).url };
    const changing = await startDashboard(own);
    try {
      await changing.signIn();
      const other = cookieIn(await changing.ask('POST', '/v1/session', { password: PASSWORD }, SIGNED_OUT));
      const change = (currentPassword: string, newPassword: string) =>
        changing.ask('PUT', '/v1/password', { currentPassword, newPassword });
      const wrong = await change('not it', 'a new password');
      expect([wrong.status, wrong.body['errors']]).toEqual([
        401,
        [{ field: 'currentPassword', message: 'is wrong' }],
      ]);
      expect((await change(PASSWORD, 'short')).body['errors']).toEqual([
        { field: 'newPassword', message: 'must have at least 8 characters' },
      ]);
      const changed = await change(PASSWORD, 'a new password');
      expect(changed.status).toBe(204);
      const status = async (cookie: string) =>
        (await changing.ask('GET', '/v1/session', undefined, { cookie })).status;
      expect([await status(other), await status(changing.cookie()), await status(cookieIn(changed))]).toEqual(
        [401, 401, 200],
      );
      const audit = await changing.ask('GET', '/v1/audit', undefined, { cookie: cookieIn(changed) });
      expect(audit.body['items']).toEqual([
        expect.objectContaining({
          action: 'changed',
          subject: expect.objectContaining({ kind: 'password' }),
        }),
      ]);
      expect(audit.text).not.toContain('a new password');
    } finally {
      await changing.stop();
      await dropDatabaseOf(own);
    }
  });

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

// Last: afterwards nobody can sign in from here for a while.
describe('guessing', () => {
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
