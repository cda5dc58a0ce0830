import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MetricsRegistry } from '@clickjoin/service-kit';
import { TelegramClient } from '@clickjoin/telegram';
import { DashboardMetrics } from '../metrics';
import { TelegramCheck } from './telegram-check';

const TOKEN = '7000000001:AAF-invented-token-of-nobody-at-all-000';
const answer = (result: unknown) => JSON.stringify({ ok: true, result });

describe('TelegramCheck', () => {
  let server: Server;
  let next: { status: number; body: string };
  let check: TelegramCheck;
  const registry = new MetricsRegistry();

  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume();
      response.writeHead(request.url === `/bot${TOKEN}/getMe` ? next.status : 500).end(next.body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    check = new TelegramCheck(new TelegramClient(`http://127.0.0.1:${port}`), new DashboardMetrics(registry));
  });

  afterAll(async () => {
    await check.onApplicationShutdown();
    server.closeAllConnections();
    server.close();
  });

  it.each([
    {
      name: 'a bot says who it is',
      status: 200,
      body: answer({
        id: 7000000001,
        is_bot: true,
        first_name: 'Channel Watch',
        username: 'channel_watch_bot',
      }),
      check: { kind: 'bot', botId: '7000000001', username: 'channel_watch_bot', name: 'Channel Watch' },
    },
    {
      name: 'a user account is no bot',
      status: 200,
      body: answer({ id: 5000000001, is_bot: false, first_name: 'Mara', username: 'mara' }),
      check: { kind: 'refused', reason: 'this is not the token of a bot' },
    },
    {
      name: 'a revoked token is refused in the words of Telegram',
      status: 401,
      body: '{"ok":false,"error_code":401,"description":"Unauthorized"}',
      check: { kind: 'refused', reason: 'Unauthorized' },
    },
    {
      name: 'what is no token is refused',
      status: 404,
      body: '{"ok":false,"error_code":404,"description":"Not Found"}',
      check: { kind: 'refused', reason: 'Not Found' },
    },
    {
      name: 'flood control says nothing about the token',
      status: 429,
      body: '{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 3"}',
      check: { kind: 'no-answer', reason: 'Telegram asks for a pause of 5 s' },
    },
    {
      name: 'a gateway that is down says nothing about the token',
      status: 502,
      body: '<html>Bad Gateway</html>',
      check: {
        kind: 'no-answer',
        reason: 'Telegram answered with HTTP 502, not in the words of the Bot API',
      },
    },
    {
      name: 'a gateway that knows no such page says nothing about the token',
      status: 404,
      body: '<html>Not Found</html>',
      check: {
        kind: 'no-answer',
        reason: 'Telegram answered with HTTP 404, not in the words of the Bot API',
      },
    },
    {
      name: 'a refusal of something else says nothing about the token',
      status: 409,
      body: '{"ok":false,"error_code":409,"description":"Conflict"}',
      check: { kind: 'no-answer', reason: 'Telegram refuses: 409 Conflict' },
    },
    {
      name: 'a success without a bot in it is no success',
      status: 200,
      body: '{"ok":true,"result":[]}',
      check: { kind: 'no-answer', reason: 'Telegram answered without an account' },
    },
    {
      name: 'nor is a bot without a username',
      status: 200,
      body: answer({ id: 7000000001, is_bot: true, first_name: 'Channel Watch' }),
      check: { kind: 'no-answer', reason: 'Telegram named a bot without a username' },
    },
  ])('$name', async ({ status, body, check: expected }) => {
    next = { status, body };
    await expect(check.whoseToken(TOKEN)).resolves.toEqual(expected);
  });

  it('measures each check, whatever comes of it', async () => {
    const counted = async () =>
      Number(/telegram_check_seconds_count(?:\{[^}]*\})? (\d+)/.exec(await registry.scrape())?.[1]);
    const before = await counted();
    next = { status: 502, body: '' };
    await check.whoseToken(TOKEN);
    expect(await counted()).toBe(before + 1);
  });
});
