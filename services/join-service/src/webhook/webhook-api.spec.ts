import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TelegramRefused, TelegramThrottled, TelegramUnavailable } from './telegram-errors';
import { WebhookApi } from './webhook-api';
import { ALLOWED_UPDATES } from './webhook-drift';

const TOKEN = '7409988776:AAH-invented-token-that-nobody-has-000';

describe('WebhookApi', () => {
  let server: Server;
  let answer: RequestListener;
  let api: WebhookApi;

  beforeAll(async () => {
    server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    api = new WebhookApi(`http://127.0.0.1:${(server.address() as AddressInfo).port}/behind/`, 500);
  });

  afterAll(async () => {
    await api.close();
    server.closeAllConnections();
    server.close();
  });

  const answerWith = (status: number, body: unknown): void => {
    answer = (request, response) => {
      request.resume();
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
  };

  it('sets all that a webhook has, in one call', async () => {
    let seen: unknown;
    answer = (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen = { url: request.url, body: JSON.parse(Buffer.concat(chunks).toString()) as unknown };
        response.end('{"ok":true,"result":true}');
      });
    };
    await api.set(TOKEN, {
      url: 'https://j.example/telegram/1',
      secret: 's',
      allowedUpdates: ALLOWED_UPDATES,
      maxConnections: 40,
    });
    expect(seen).toEqual({
      url: `/behind/bot${TOKEN}/setWebhook`,
      body: {
        url: 'https://j.example/telegram/1',
        secret_token: 's',
        allowed_updates: ['message', 'my_chat_member', 'chat_member', 'chat_join_request'],
        max_connections: 40,
      },
    });
  });

  it('reads what Telegram knows of a failing webhook', async () => {
    answerWith(200, {
      ok: true,
      result: {
        url: 'https://hooks.example/telegram/1',
        has_custom_certificate: false,
        pending_update_count: 81,
        last_error_date: 1_788_000_000,
        last_error_message: 'Wrong response from the webhook: 500 Internal Server Error',
        max_connections: 40,
        ip_address: '203.0.113.10',
        allowed_updates: ['message', 'chat_member'],
      },
    });
    await expect(api.info(TOKEN)).resolves.toEqual({
      url: 'https://hooks.example/telegram/1',
      pendingUpdateCount: 81,
      allowedUpdates: ['message', 'chat_member'],
      maxConnections: 40,
      lastError: {
        dateSeconds: 1_788_000_000,
        message: 'Wrong response from the webhook: 500 Internal Server Error',
      },
    });
  });

  it('reads the default updates, which Telegram leaves out', async () => {
    answerWith(200, {
      ok: true,
      result: { url: '', has_custom_certificate: false, pending_update_count: 0 },
    });
    await expect(api.info(TOKEN)).resolves.toMatchObject({ url: '', allowedUpdates: undefined });
  });

  it.each([
    {
      name: '429',
      status: 429,
      body: { ok: false, parameters: { retry_after: 7 } },
      error: new TelegramThrottled(7_000),
    },
    { name: '429 without a time', status: 429, body: { ok: false }, error: new TelegramThrottled(5_000) },
    {
      name: '401',
      status: 401,
      body: { ok: false, description: 'Unauthorized' },
      error: new TelegramRefused(401, 'Unauthorized'),
    },
    {
      name: '400',
      status: 400,
      body: { ok: false, description: 'Bad Request: bad webhook' },
      error: new TelegramRefused(400, 'Bad Request: bad webhook'),
    },
    {
      name: '502 in HTML',
      status: 502,
      body: '<html>',
      error: new TelegramUnavailable('Telegram answered HTTP 502 without JSON'),
    },
    {
      name: '500',
      status: 500,
      body: { ok: false },
      error: new TelegramUnavailable('Telegram answered HTTP 500'),
    },
    {
      name: 'success without result',
      status: 200,
      body: { ok: true },
      error: new TelegramUnavailable('Telegram answered without webhook information'),
    },
  ])('$name', async ({ status, body, error }) => {
    answerWith(status, body);
    const thrown: unknown = await api.info(TOKEN).catch((caught: unknown) => caught);
    expect(thrown).toEqual(error);
    expect(thrown).toBeInstanceOf(error.constructor);
  });

  it.each([
    { name: 'a cut connection', listener: ((request) => request.socket.destroy()) satisfies RequestListener },
    { name: 'silence', listener: (() => undefined) satisfies RequestListener },
  ])('$name is unavailability, and nothing of it names the token', async ({ listener }) => {
    answer = listener;
    const error = await api.info(TOKEN).catch((caught: unknown) => caught as Error);
    expect(error).toBeInstanceOf(TelegramUnavailable);
    const { message, stack, cause } = error as Error;
    expect(JSON.stringify({ message, stack, cause })).not.toContain('AAH');
  });
});
