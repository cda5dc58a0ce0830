import { createServer, type RequestListener, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { TelegramClient } from './telegram-client';
import { TelegramRefused, TelegramThrottled, TelegramUnavailable } from './telegram-errors';

const TOKEN = '7000000001:AAF-invented-token-of-nobody-at-all-000';
const ORDER = { token: TOKEN, chatId: '-1001234567890', expiresAtSeconds: 1_800_000_000 };

describe('TelegramClient', () => {
  let server: Server;
  let answer: RequestListener;
  let client: TelegramClient;

  beforeAll(async () => {
    server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = new TelegramClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}/proxy/`, 300);
  });

  afterAll(async () => {
    await client.close();
    server.closeAllConnections();
    server.close();
  });

  const answerWith = (status: number, body: unknown): void => {
    answer = (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
  };

  it('asks for a link with name and expiry, and without member limit', async () => {
    const seen: { url?: string | undefined; body?: unknown } = {};
    answer = (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.url = request.url;
        seen.body = JSON.parse(Buffer.concat(chunks).toString());
        response.end(JSON.stringify({ ok: true, result: { invite_link: 'https://t.me/+AbCdEf1234567890' } }));
      });
    };
    await expect(client.createChatInviteLink(ORDER)).resolves.toBe('https://t.me/+AbCdEf1234567890');
    expect(seen).toEqual({
      url: `/proxy/bot${TOKEN}/createChatInviteLink`,
      body: { chat_id: '-1001234567890', name: 'Clickjoin', expire_date: 1_800_000_000 },
    });
  });

  it.each([
    {
      name: '429 says when to come back',
      status: 429,
      body: { ok: false, error_code: 429, parameters: { retry_after: 17 } },
      expected: new TelegramThrottled(17_000),
    },
    { name: '429 without a time', status: 429, body: '<html>', expected: new TelegramThrottled(5_000) },
    {
      name: 'a 429 that would stop the bot for years',
      status: 429,
      body: { ok: false, error_code: 429, parameters: { retry_after: 1e9 } },
      expected: new TelegramThrottled(86_400_000),
    },
    {
      name: 'rights were taken away',
      status: 400,
      body: { ok: false, error_code: 400, description: 'Bad Request: not enough rights' },
      expected: new TelegramRefused(400, 'Bad Request: not enough rights'),
    },
    {
      name: 'the token was revoked',
      status: 401,
      body: { ok: false, error_code: 401, description: 'Unauthorized' },
      expected: new TelegramRefused(401, 'Unauthorized'),
    },
    {
      name: '500',
      status: 500,
      body: { ok: false, error_code: 500 },
      expected: new TelegramUnavailable('Telegram answered with HTTP 500'),
    },
    {
      name: 'a proxy that answers in HTML',
      status: 403,
      body: '<html>',
      expected: new TelegramUnavailable('Telegram answered with HTTP 403'),
    },
    {
      name: 'success that is none',
      status: 200,
      body: { ok: true, result: { invite_link: 'https://evil.example/' } },
      expected: new TelegramUnavailable('Telegram answered without an invite link'),
    },
  ])('$name', async ({ status, body, expected }) => {
    answerWith(status, body);
    const failure = await client.createChatInviteLink(ORDER).catch((error: unknown) => error);
    expect(failure).toEqual(expected);
    expect(failure).toBeInstanceOf(expected.constructor);
  });

  it.each([
    { name: 'a cut connection', listener: ((request) => request.socket.destroy()) satisfies RequestListener },
    { name: 'silence', listener: (() => undefined) satisfies RequestListener },
  ])('$name is unavailability, and never names the token', async ({ listener }) => {
    answer = listener;
    const failure = await client.createChatInviteLink(ORDER).catch((error: unknown) => error as Error);
    expect(failure).toBeInstanceOf(TelegramUnavailable);
    expect(
      JSON.stringify([String(failure), (failure as Error).stack, (failure as Error).cause]),
    ).not.toContain('AAF');
  });
});
