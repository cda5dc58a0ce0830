import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Problem } from '@clickjoin/service-kit';
import type { DashboardConfig } from '../config';
import { InternalApi, ServiceAway } from './internal-api';

const TOKEN = 'invented-internal-token-0123456789abcdef';
let server: Server;
let answer: { status: number; body: string; type?: string } | 'never';
let asked: {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: string;
};
let api: InternalApi;

const configFor = (url: string, internalApiToken: string | undefined = TOKEN): DashboardConfig =>
  ({
    clickServiceUrl: url,
    attributionServiceUrl: url,
    tiktokDispatcherUrl: `${url}/`,
    internalApiToken,
  }) as DashboardConfig;
const apiFor = (config: DashboardConfig): InternalApi => new InternalApi(config, config);

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      asked = { method: request.method, url: request.url, headers: request.headers, body };
      if (answer === 'never') return;
      response
        .writeHead(answer.status, { 'content-type': answer.type ?? 'application/json' })
        .end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  api = apiFor(configFor(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

it('asks with the token, and gives the answer', async () => {
  answer = { status: 200, body: '{"waiting":3}' };
  expect(await api.ask('tiktok-dispatcher', '/v1/pixels/1')).toEqual({ waiting: 3 });
  expect(asked).toMatchObject({
    method: 'GET',
    url: '/v1/pixels/1',
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  await api.command('tiktok-dispatcher', '/v1/replays', { body: { dryRun: true } });
  expect(asked).toMatchObject({
    method: 'POST',
    body: '{"dryRun":true}',
    headers: { 'content-type': 'application/json' },
  });
});

it.each([
  { why: 'a broken service', told: { status: 500, body: '{}' }, reason: 'HTTP 500' },
  { why: 'one that is starting', told: { status: 503, body: '' }, reason: 'HTTP 503' },
  { why: 'another token', told: { status: 401, body: '{}' }, reason: 'it refuses our INTERNAL_API_TOKEN' },
  { why: 'a proxy in between', told: { status: 200, body: '<html>' }, reason: 'HTTP 200' },
  { why: 'silence', told: 'never' as const, reason: 'no answer in time' },
])('takes $why for a service that is away', async ({ told, reason }) => {
  answer = told;
  const question = { timeoutMs: 200 };
  await expect(api.ask('click-service', '/v1/stock', question)).rejects.toEqual(
    expect.objectContaining({ service: 'click-service', reason }),
  );
  expect(await api.askIfThere('click-service', '/v1/stock', question)).toBeNull();
  const problem: unknown = await api
    .command('click-service', '/v1/stock', question)
    .catch((error: unknown) => error);
  expect(problem).toBeInstanceOf(Problem);
  expect(problem).toMatchObject({
    status: 503,
    type: 'urn:clickjoin:service-away',
    headers: { 'retry-after': '5' },
  });
});

it('passes on what is about the question', async () => {
  const errors = [{ field: 'testEventCode', message: 'is wrong' }];
  answer = {
    status: 422,
    body: JSON.stringify({ title: 'Cannot', detail: 'No.', errors }),
    type: 'application/problem+json',
  };
  await expect(api.command('tiktok-dispatcher', '/v1/pixels/1/test', { body: {} })).rejects.toMatchObject({
    status: 422,
    title: 'Cannot',
    detail: 'No.',
    errors,
  });
});

it('takes what the service does not know for nothing, where a screen goes on without', async () => {
  answer = { status: 404, body: '{"title":"Not Found"}' };
  expect(await api.askIfThere('attribution-service', '/v1/joins/1/explain')).toBeNull();
});

it('says which service is away when nobody listens, and when no token is set', async () => {
  await expect(
    apiFor(configFor('http://127.0.0.1:9')).ask('attribution-service', '/'),
  ).rejects.toBeInstanceOf(ServiceAway);
  const bare = Object.assign(configFor('http://127.0.0.1:9'), { internalApiToken: undefined });
  await expect(apiFor(bare).ask('attribution-service', '/')).rejects.toMatchObject({
    reason: 'INTERNAL_API_TOKEN is not set',
  });
});
