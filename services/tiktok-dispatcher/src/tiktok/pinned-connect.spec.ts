import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { faultOf, internetLookup, PrivateAddress, type Resolve } from './pinned-connect';
import { selfSigned } from './self-signed.fixture';
import { TikTokClient } from './tiktok-client';

const TOKEN = 'a-token-of-nobody';
const clock = { now: () => Date.parse('2026-11-20T12:00:00Z') };
const v4 = (address: string): LookupAddress => ({ address, family: 4 });

describe('the address that tokens are sent to', () => {
  it.each([
    { url: 'https://business-api.tiktok.com/open_api/v1.3', fault: undefined },
    { url: 'https://8.8.8.8/open_api', fault: undefined },
    { url: 'http://business-api.tiktok.com/open_api/v1.3', fault: 'not https' },
    { url: 'https://localhost:4900', fault: 'private' },
    { url: 'https://127.0.0.1:4900', fault: 'private' },
    { url: 'https://10.1.2.3', fault: 'private' },
    { url: 'https://169.254.169.254/latest', fault: 'private' },
    { url: 'https://[::1]:4900', fault: 'private' },
    { url: 'https://[::ffff:10.0.0.1]', fault: 'private' },
    { url: 'https://[fd00::1]', fault: 'private' },
    { url: 'https://0x7f000001', fault: 'private' },
  ])('$url: $fault', ({ url, fault }) => {
    if (fault === undefined) expect(faultOf(url)).toBeUndefined();
    else expect(faultOf(url)).toContain(fault);
  });

  it('is refused at the start, with what to do', () => {
    expect(
      () =>
        new TikTokClient(
          { baseUrl: 'http://127.0.0.1:1', requestTimeoutMs: 1_000, allowPrivateAddress: false },
          clock,
        ),
    ).toThrow('ALLOW_PRIVATE_TIKTOK_URL');
  });
});

describe('internetLookup', () => {
  const lookUp = (addresses: readonly LookupAddress[], all: boolean): Promise<unknown> => {
    const resolve: Resolve = (_hostname, _options, done) => done(null, [...addresses]);
    return new Promise((settle, reject) => {
      internetLookup(resolve)('a.example', { all }, (error, found) => {
        if (error === null) settle(found);
        else reject(error);
      });
    });
  };

  it.each([
    { what: 'one public address', addresses: [v4('8.8.8.8')], all: false, found: '8.8.8.8' },
    {
      what: 'public addresses',
      addresses: [v4('8.8.8.8'), v4('1.1.1.1')],
      all: true,
      found: [v4('8.8.8.8'), v4('1.1.1.1')],
    },
  ])('finds $what', async ({ addresses, all, found }) => {
    expect(await lookUp(addresses, all)).toEqual(found);
  });

  it.each([
    { what: 'a private address', addresses: [v4('10.0.0.1')] },
    { what: 'loopback', addresses: [v4('127.0.0.1')] },
    { what: 'a private address among public ones', addresses: [v4('8.8.8.8'), v4('192.168.0.1')] },
    { what: 'a documentation address, which no server has', addresses: [v4('203.0.113.9')] },
    { what: 'nothing at all', addresses: [] },
  ])('refuses $what', async ({ addresses }) => {
    for (const all of [true, false])
      await expect(lookUp(addresses, all)).rejects.toBeInstanceOf(PrivateAddress);
  });

  it('hands on that the name is of nobody', async () => {
    const failed = Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
    const resolve: Resolve = (_hostname, _options, done) => done(failed, []);
    const error = await new Promise((settle) =>
      internetLookup(resolve)('a.example', {}, (found) => settle(found)),
    );
    expect(error).toBe(failed);
  });
});

describe('TLS', () => {
  const { key, cert } = selfSigned('localhost');
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function serve(): Promise<{ origin: string; requests: () => number }> {
    let requests = 0;
    const server = createServer({ key, cert }, (_request, response) => {
      requests++;
      response.end('{"code":0}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    return {
      origin: `https://localhost:${(server.address() as AddressInfo).port}`,
      requests: () => requests,
    };
  }

  function clientOf(baseUrl: string, certificateAuthorities?: string): TikTokClient {
    const client = new TikTokClient(
      {
        baseUrl,
        requestTimeoutMs: 5_000,
        allowPrivateAddress: true,
        ...(certificateAuthorities === undefined ? {} : { certificateAuthorities }),
      },
      clock,
    );
    closing.unshift(() => client.close());
    return client;
  }

  it('is checked: a server that nobody vouches for gets nothing', async () => {
    const { origin, requests } = await serve();
    expect(await clientOf(origin).post('/pixel/track/', '{}', TOKEN)).toEqual({
      kind: 'failure',
      failure: 'not-connected',
    });
    expect(requests()).toBe(0);
  });

  it('is checked also where NODE_TLS_REJECT_UNAUTHORIZED says not to', async () => {
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      const { origin, requests } = await serve();
      expect(await clientOf(origin).post('/pixel/track/', '{}', TOKEN)).toMatchObject({
        failure: 'not-connected',
      });
      expect(requests()).toBe(0);
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
  });

  it('holds for the host of the configuration, and no other', async () => {
    const { origin, requests } = await serve();
    const elsewhere = origin.replace('localhost', '127.0.0.1');
    expect(await clientOf(elsewhere, cert).post('/pixel/track/', '{}', TOKEN)).toMatchObject({
      failure: 'not-connected',
    });
    expect(requests()).toBe(0);
    expect(await clientOf(origin, cert).post('/pixel/track/', '{}', TOKEN)).toMatchObject({
      httpStatus: 200,
    });
  });

  it('is not even begun with a name that leads to a private address', async () => {
    const { origin, requests } = await serve();
    const client = new TikTokClient(
      {
        baseUrl: origin.replace('localhost', 'business-api.example'),
        resolve: (_hostname, _options, done) => done(null, [v4('127.0.0.1')]),
        requestTimeoutMs: 5_000,
        allowPrivateAddress: false,
        certificateAuthorities: cert,
      },
      clock,
    );
    closing.unshift(() => client.close());
    expect(await client.post('/pixel/track/', '{}', TOKEN)).toEqual({
      kind: 'failure',
      failure: 'private-address',
    });
    expect(requests()).toBe(0);
  });
});
