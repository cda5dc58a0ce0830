import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { once } from 'node:events';
import { TikTokClient } from './tiktok-client';

const TOKEN = 'a-token-of-nobody';
const clock = { now: () => Date.parse('2026-11-20T12:00:00Z') };

describe('TikTokClient', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function listen(server: Server): Promise<string> {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const serve = (listener: RequestListener): Promise<string> => listen(createServer(listener));

  function clientOf(origin: string, requestTimeoutMs = 2_000): TikTokClient {
    const client = new TikTokClient(
      { baseUrl: `${origin}/open_api/v1.3/`, requestTimeoutMs, allowPrivateAddress: true },
      clock,
    );
    closing.unshift(() => client.close());
    return client;
  }

  it('posts the bytes to the path, slash and all, with the token in the header alone', async () => {
    const seen: { url?: string | undefined; headers?: object; body?: string; method?: string | undefined } =
      {};
    const origin = await serve((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        Object.assign(seen, { url: request.url, method: request.method, headers: request.headers });
        seen.body = Buffer.concat(chunks).toString('utf8');
        response.end('{"code":0}');
      });
    });
    const body = '{"event":"Ünïcode ✓"}';
    const answer = await clientOf(origin).post('/pixel/track/', body, TOKEN);
    expect(answer).toEqual({
      kind: 'answer',
      httpStatus: 200,
      bodyText: '{"code":0}',
      retryAfterMs: undefined,
    });
    expect(seen).toMatchObject({
      method: 'POST',
      url: '/open_api/v1.3/pixel/track/',
      body,
      headers: { 'access-token': TOKEN, 'content-type': 'application/json', 'accept-encoding': 'identity' },
    });
  });

  it('reads Retry-After', async () => {
    const origin = await serve((_request, response) => {
      response.writeHead(429, { 'retry-after': '7' }).end('{"code":40100}');
    });
    expect(await clientOf(origin).post('/pixel/track/', '{}', TOKEN)).toMatchObject({
      httpStatus: 429,
      retryAfterMs: 7_000,
    });
  });

  it('takes the token out of an answer that quotes it', async () => {
    const origin = await serve((_request, response) => {
      response.end(`{"code":40105,"message":"Access token ${TOKEN} is invalid"}`);
    });
    const answer = await clientOf(origin).post('/pixel/track/', '{}', TOKEN);
    expect(answer).toMatchObject({ bodyText: '{"code":40105,"message":"Access token [token] is invalid"}' });
  });

  it('does not follow a redirect with the token', async () => {
    let visits = 0;
    const elsewhere = await serve((_request, response) => {
      visits++;
      response.end('{"code":0}');
    });
    const origin = await serve((_request, response) => {
      response.writeHead(307, { location: `${elsewhere}/open_api/v1.3/pixel/track/` }).end();
    });
    expect(await clientOf(origin).post('/pixel/track/', '{}', TOKEN)).toMatchObject({ httpStatus: 307 });
    expect(visits).toBe(0);
  });

  it.each<{ what: string; failure: string; listener: RequestListener }>([
    { what: 'no headers come', failure: 'timed-out', listener: () => undefined },
    {
      what: 'the body never ends',
      failure: 'timed-out',
      listener: (_request, response) => {
        response.write('{"code":0');
      },
    },
    {
      what: 'the body comes in drops',
      failure: 'timed-out',
      listener: (_request, response) => {
        const drip = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(drip));
      },
    },
    {
      what: 'the connection is reset after the request was read',
      failure: 'connection-lost',
      listener: (request) => {
        request.on('data', () => undefined);
        request.on('end', () => request.socket.destroy());
      },
    },
    {
      what: 'the connection is cut in the middle of the answer',
      failure: 'connection-lost',
      listener: (request, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"code":0', () => request.socket.destroy());
      },
    },
    {
      what: 'the answer is far too long',
      failure: 'answer-too-large',
      listener: (_request, response) => {
        response.end('x'.repeat(300 * 1024));
      },
    },
  ])('says "$failure" when $what', async ({ failure, listener }) => {
    const origin = await serve(listener);
    expect(await clientOf(origin, 400).post('/pixel/track/', '{}', TOKEN)).toEqual({
      kind: 'failure',
      failure,
    });
  });

  it('says "not-connected" when nobody listens', async () => {
    const server = createTcpServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    for (const host of ['127.0.0.1', 'localhost']) {
      const answer = await clientOf(`http://${host}:${port}`).post('/pixel/track/', '{}', TOKEN);
      expect(answer).toEqual({ kind: 'failure', failure: 'not-connected' });
    }
  });

  it('says "not-connected" when the name is of nobody', async () => {
    const answer = await clientOf('http://nobody.invalid').post('/pixel/track/', '{}', TOKEN);
    expect(answer).toEqual({ kind: 'failure', failure: 'not-connected' });
  });

  it('says "connection-lost" when what answers speaks no HTTP', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.resume().end('SSH-2.0-nonsense\r\n');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(async () => {
      server.close();
      await once(server, 'close');
    });
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await clientOf(origin).post('/pixel/track/', '{}', TOKEN)).toEqual({
      kind: 'failure',
      failure: 'connection-lost',
    });
  });

  it.each([
    { encoding: 'gzip', pack: gzipSync },
    { encoding: 'deflate', pack: deflateSync },
    { encoding: 'br', pack: brotliCompressSync },
  ])('reads what a gateway compresses with $encoding against our wish', async ({ encoding, pack }) => {
    const origin = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': encoding }).end(pack('{"code":0}'));
    });
    expect(await clientOf(origin).post('/pixel/track/', '{}', TOKEN)).toMatchObject({
      bodyText: '{"code":0}',
    });
  });

  it.each([
    { what: 'is not what it says', bytes: Buffer.from('{"code":0}') },
    { what: 'is cut off', bytes: gzipSync('{"code":0}').subarray(0, 15) },
    { what: 'would fill the memory', bytes: gzipSync(Buffer.alloc(5_000_000)) },
  ])('has no code from a compressed answer that $what', async ({ bytes }) => {
    const origin = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bytes);
    });
    expect(await clientOf(origin).post('/pixel/track/', '{}', TOKEN)).toMatchObject({
      kind: 'answer',
      httpStatus: 200,
      bodyText: '',
    });
  });

  it('ends what is under way when it is cut, without knowing what became of it, and goes on', async () => {
    let isSilent = true;
    const origin = await serve((_request, response) => {
      if (isSilent) client.cut();
      else response.end('{"code":0}');
    });
    const client = clientOf(origin, 60_000);
    expect(await client.post('/pixel/track/', '{}', TOKEN)).toEqual({
      kind: 'failure',
      failure: 'connection-lost',
    });
    isSilent = false;
    expect(await client.post('/pixel/track/', '{}', TOKEN)).toMatchObject({ httpStatus: 200 });
  });
});
