import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { TelegramClient } from './telegram-client';
import {
  TelegramRefused,
  TelegramThrottled,
  TelegramUnavailable,
  type TelegramError,
} from './telegram-errors';

const TOKEN = '7000000001:AAF-invented-token-of-nobody-at-all-000';
const ORDER = { chatId: '-1001234567890', name: 'Clickjoin', expiresAtSeconds: 1_800_000_000 };
const WEBHOOK = {
  url: 'https://j.example/telegram/1',
  secret: 's',
  allowedUpdates: ['message', 'my_chat_member', 'chat_member', 'chat_join_request'],
  maxConnections: 40,
};

describe('TelegramClient', () => {
  let server: Server;
  let answer: RequestListener;
  let apiUrl: string;
  let client: TelegramClient;

  beforeAll(async () => {
    server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/behind/`;
    client = new TelegramClient(apiUrl, { timeoutMs: 300 });
  });

  afterAll(async () => {
    await client.close();
    server.closeAllConnections();
    server.close();
  });

  const answerWith = (
    status: number,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): void => {
    answer = (request, response) => {
      request.resume();
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
  };
  /** What the server was asked; it answers with success and this result. */
  const listenFor = (result: unknown): { method?: string; url?: string; body?: unknown } => {
    const seen: { method?: string; url?: string; body?: unknown } = {};
    answer = (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        Object.assign(seen, {
          method: request.method,
          url: request.url,
          body: JSON.parse(Buffer.concat(chunks).toString()),
        });
        response.end(JSON.stringify({ ok: true, result }));
      });
    };
    return seen;
  };
  const failureOf = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => undefined,
      (error: unknown) => error,
    );
  const expectFailure = async (call: Promise<unknown>, expected: TelegramError): Promise<void> => {
    const failure = await failureOf(call);
    expect(failure).toEqual(expected);
    expect(Object.entries(failure as Error)).toEqual(Object.entries(expected));
    expect(failure).toBeInstanceOf(expected.constructor);
  };

  describe('createChatInviteLink', () => {
    it('asks for a link with name and expiry, and without member limit', async () => {
      const seen = listenFor({ invite_link: 'https://t.me/+AbCdEf1234567890' });
      await expect(client.createChatInviteLink(TOKEN, ORDER)).resolves.toBe('https://t.me/+AbCdEf1234567890');
      expect(seen).toEqual({
        method: 'POST',
        url: `/behind/bot${TOKEN}/createChatInviteLink`,
        body: { chat_id: '-1001234567890', name: 'Clickjoin', expire_date: 1_800_000_000 },
      });
    });

    it('asks for one that never expires', async () => {
      const seen = listenFor({ invite_link: 'https://t.me/+AbCdEf1234567890' });
      await client.createChatInviteLink(TOKEN, { ...ORDER, expiresAtSeconds: undefined });
      expect(seen.body).toEqual({ chat_id: '-1001234567890', name: 'Clickjoin' });
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
        expected: new TelegramUnavailable('Telegram answered with HTTP 403, not in the words of the Bot API'),
      },
      {
        name: 'success that is none',
        status: 200,
        body: { ok: true, result: { invite_link: 'https://evil.example/' } },
        expected: new TelegramUnavailable('Telegram answered without an invite link'),
      },
    ])('$name', async ({ status, body, expected }) => {
      answerWith(status, body);
      await expectFailure(client.createChatInviteLink(TOKEN, ORDER), expected);
    });
  });

  describe('webhooks', () => {
    it('are set with all that a webhook has, in one call', async () => {
      const seen = listenFor(true);
      await client.setWebhook(TOKEN, WEBHOOK);
      expect(seen).toEqual({
        method: 'POST',
        url: `/behind/bot${TOKEN}/setWebhook`,
        body: {
          url: 'https://j.example/telegram/1',
          secret_token: 's',
          allowed_updates: ['message', 'my_chat_member', 'chat_member', 'chat_join_request'],
          max_connections: 40,
        },
      });
    });

    it('are removed without the updates that wait', async () => {
      const seen = listenFor(true);
      await client.deleteWebhook(TOKEN);
      expect(seen).toEqual({ method: 'POST', url: `/behind/bot${TOKEN}/deleteWebhook`, body: {} });
    });

    it('that fail are read with what Telegram knows of it', async () => {
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
      await expect(client.getWebhookInfo(TOKEN)).resolves.toEqual({
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

    it('with the default updates are read, which Telegram leaves out', async () => {
      answerWith(200, {
        ok: true,
        result: { url: '', has_custom_certificate: false, pending_update_count: 0 },
      });
      await expect(client.getWebhookInfo(TOKEN)).resolves.toMatchObject({
        url: '',
        allowedUpdates: undefined,
      });
    });

    it.each([
      {
        name: '429',
        status: 429,
        body: { ok: false, parameters: { retry_after: 7 } },
        expected: new TelegramThrottled(7_000),
      },
      {
        name: '429 without a time',
        status: 429,
        body: { ok: false },
        expected: new TelegramThrottled(5_000),
      },
      {
        name: '401',
        status: 401,
        body: { ok: false, description: 'Unauthorized' },
        expected: new TelegramRefused(401, 'Unauthorized'),
      },
      {
        name: '400',
        status: 400,
        body: { ok: false, description: 'Bad Request: bad webhook' },
        expected: new TelegramRefused(400, 'Bad Request: bad webhook'),
      },
      {
        name: '502 in HTML',
        status: 502,
        body: '<html>',
        expected: new TelegramUnavailable('Telegram answered with HTTP 502, not in the words of the Bot API'),
      },
      {
        name: '500',
        status: 500,
        body: { ok: false },
        expected: new TelegramUnavailable('Telegram answered with HTTP 500'),
      },
      {
        name: 'success without result',
        status: 200,
        body: { ok: true },
        expected: new TelegramUnavailable('Telegram answered without webhook information'),
      },
    ])('$name', async ({ status, body, expected }) => {
      answerWith(status, body);
      await expectFailure(client.getWebhookInfo(TOKEN), expected);
    });
  });

  it('asks for a link that makes people wait at the door', async () => {
    const seen = listenFor({ invite_link: 'https://t.me/+AbCdEfGhIjKlMnOp' });
    await client.createChatInviteLink(TOKEN, { ...ORDER, createsJoinRequest: true });
    expect(seen.body).toMatchObject({ creates_join_request: true });
  });

  describe('approveChatJoinRequest', () => {
    const who = { chatId: '-1001234567890', userId: '6301122334' };

    it('lets somebody in', async () => {
      const seen = listenFor(true);
      await expect(client.approveChatJoinRequest(TOKEN, who)).resolves.toBe('approved');
      expect(seen.body).toEqual({ chat_id: '-1001234567890', user_id: 6_301_122_334 });
    });

    it.each(['HIDE_REQUESTER_MISSING', 'USER_ALREADY_PARTICIPANT'])(
      'may be repeated: %s is an answer',
      async (reason) => {
        answerWith(400, { ok: false, error_code: 400, description: `Bad Request: ${reason}` });
        await expect(client.approveChatJoinRequest(TOKEN, who)).resolves.toBe('nothing-to-approve');
      },
    );

    it('is refused for anything else', async () => {
      answerWith(400, { ok: false, error_code: 400, description: 'Bad Request: CHAT_ADMIN_REQUIRED' });
      await expect(client.approveChatJoinRequest(TOKEN, who)).rejects.toBeInstanceOf(TelegramRefused);
    });
  });

  describe('sendMessage', () => {
    it.each([
      { button: undefined, more: {} },
      {
        button: { text: 'Open', url: 'https://t.me/example' },
        more: { reply_markup: { inline_keyboard: [[{ text: 'Open', url: 'https://t.me/example' }]] } },
      },
    ])('sends the text, with button: $button', async ({ button, more }) => {
      const seen = listenFor({ message_id: 1 });
      await client.sendMessage(TOKEN, { chatId: '5', text: 'Roof', ...(button && { button }) });
      expect(seen.body).toEqual({ chat_id: '5', text: 'Roof', ...more });
    });
  });

  describe('chats', () => {
    it('are read with name and primary link', async () => {
      listenFor({ id: -1001, type: 'channel', title: 'Roof', username: 'roof_example', invite_link: 'l' });
      await expect(client.getChat(TOKEN, '-1001')).resolves.toEqual({
        id: '-1001',
        type: 'channel',
        title: 'Roof',
        username: 'roof_example',
        inviteLink: 'l',
      });
    });

    it.each([
      { member: { status: 'creator' }, isAdmin: true, canInvite: true },
      { member: { status: 'administrator', can_invite_users: true }, isAdmin: true, canInvite: true },
      { member: { status: 'administrator', can_invite_users: false }, isAdmin: true, canInvite: false },
      { member: { status: 'administrator' }, isAdmin: true, canInvite: false },
      { member: { status: 'restricted', can_invite_users: true }, isAdmin: false, canInvite: false },
      { member: { status: 'left' }, isAdmin: false, canInvite: false },
    ])('say what $member.status may do', async ({ member, isAdmin, canInvite }) => {
      listenFor(member);
      await expect(client.getChatMember(TOKEN, { chatId: '-1001', userId: '7' })).resolves.toEqual({
        isAdmin,
        canInvite,
      });
    });

    it('that have moved say where to', async () => {
      answerWith(400, {
        ok: false,
        error_code: 400,
        description: 'Bad Request: group chat was upgraded to a supergroup chat',
        parameters: { migrate_to_chat_id: -1_002_044_556_677 },
      });
      await expect(client.getChat(TOKEN, '-5')).rejects.toMatchObject({ migratedToChatId: '-1002044556677' });
    });

    it.each([
      () => client.getChat(TOKEN, '-1001'),
      () => client.getChatMember(TOKEN, { chatId: '-1001', userId: '7' }),
      () => client.getUpdates(TOKEN, { offset: 1, limit: 1, waitSeconds: 0, allowedUpdates: [] }),
    ])('and updates are not made up from an answer of somebody else', async (ask) => {
      listenFor({ hello: 'world' });
      await expect(ask()).rejects.toBeInstanceOf(TelegramUnavailable);
    });
  });

  describe('getUpdates', () => {
    const order = { limit: 100, waitSeconds: 0, allowedUpdates: ['message'] };

    it('confirms what lies below the offset, and nothing without one', async () => {
      const seen = listenFor([{ update_id: 7, message: {} }]);
      await expect(client.getUpdates(TOKEN, { ...order, offset: 7 })).resolves.toEqual([
        { update_id: 7, message: {} },
      ]);
      expect(seen.body).toEqual({ offset: 7, limit: 100, timeout: 0, allowed_updates: ['message'] });
      await client.getUpdates(TOKEN, { ...order, offset: undefined });
      expect(seen.body).not.toHaveProperty('offset');
    });

    it('takes a hundred updates of the longest kind', async () => {
      const text = 'x'.repeat(500_000);
      listenFor(Array.from({ length: 100 }, (_, update_id) => ({ update_id, text })));
      const updates = await client.getUpdates(TOKEN, { ...order, offset: 1 }, { timeoutMs: 10_000 });
      expect(updates).toHaveLength(100);
    });

    it('waits longer than other calls may, and ends when it is told to', async () => {
      answer = (request) => void request.resume();
      const told = new AbortController();
      const poll = client.getUpdates(
        TOKEN,
        { ...order, offset: 1, waitSeconds: 50 },
        { signal: told.signal },
      );
      told.abort();
      await expect(poll).rejects.toBeInstanceOf(TelegramUnavailable);
    });

    it('names a conflict', async () => {
      answerWith(409, {
        ok: false,
        error_code: 409,
        description: 'Conflict: terminated by other getUpdates',
      });
      await expect(client.getUpdates(TOKEN, { ...order, offset: 1 })).rejects.toMatchObject({
        isConflict: true,
      });
    });
  });

  describe('getMe', () => {
    it.each([
      {
        name: 'a bot says who it is',
        result: { id: 7000000001, is_bot: true, first_name: 'Channel Watch', username: 'channel_watch_bot' },
        account: {
          id: '7000000001',
          isBot: true,
          firstName: 'Channel Watch',
          username: 'channel_watch_bot',
        },
      },
      {
        name: 'a person may have no username',
        result: { id: 5000000001, is_bot: false, first_name: 'Mara' },
        account: { id: '5000000001', isBot: false, firstName: 'Mara', username: undefined },
      },
    ])('$name', async ({ result, account }) => {
      const seen = listenFor(result);
      await expect(client.getMe(TOKEN)).resolves.toEqual(account);
      expect(seen.url).toBe(`/behind/bot${TOKEN}/getMe`);
    });

    it.each([[[]], [{}], [true], [{ id: 1 }], [{ id: '1', is_bot: true }]])(
      'a success with %j is no account',
      async (result) => {
        answerWith(200, { ok: true, result });
        await expectFailure(
          client.getMe(TOKEN),
          new TelegramUnavailable('Telegram answered without an account'),
        );
      },
    );
  });

  it('reads Retry-After where the body says nothing', async () => {
    answerWith(429, '<html>', { 'retry-after': '3' });
    await expectFailure(client.call(TOKEN, 'getMe'), new TelegramThrottled(3_000));
  });

  it.each([
    { name: 'a cut connection', listener: ((request) => request.socket.destroy()) satisfies RequestListener },
    { name: 'silence', listener: (() => undefined) satisfies RequestListener },
    {
      name: 'an answer that comes in drops and never ends',
      listener: ((_request, response) => {
        response.writeHead(200);
        const timer = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(timer));
      }) satisfies RequestListener,
    },
  ])('$name is unavailability, and nothing of it names the token', async ({ listener }) => {
    answer = listener;
    const calls = [
      client.createChatInviteLink(TOKEN, ORDER),
      client.getWebhookInfo(TOKEN),
      client.setWebhook(TOKEN, WEBHOOK),
      client.getMe(TOKEN),
    ];
    for (const failure of await Promise.all(calls.map(failureOf))) {
      expect(failure).toBeInstanceOf(TelegramUnavailable);
      const { message, stack, cause } = failure as Error;
      expect(JSON.stringify({ message, stack, cause })).not.toContain('AAF');
      expect(inspect(failure, { depth: null, showHidden: true })).not.toContain('AAF');
    }
  });

  it('an answer longer than any of the Bot API is not read to its end', async () => {
    answerWith(200, { ok: true, result: { id: 1, is_bot: true, first_name: 'x'.repeat(1_000_000) } });
    await expectFailure(
      client.getMe(TOKEN),
      new TelegramUnavailable('Telegram is not reachable (UND_ERR_RES_EXCEEDED_MAX_SIZE)'),
    );
  });

  it('nobody at the address is unavailability', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const other = new TelegramClient(`http://127.0.0.1:${port}`);
    await expectFailure(
      other.getMe(TOKEN),
      new TelegramUnavailable('Telegram is not reachable (ECONNREFUSED)'),
    );
    await other.close();
  });

  it('a refusal that quotes the path does not hold the token', async () => {
    answerWith(404, { ok: false, error_code: 404, description: `no route for /bot${TOKEN}/getMe` });
    await expectFailure(client.getMe(TOKEN), new TelegramRefused(404, 'no route for /bot[token]/getMe'));
  });

  it('gives one call less time than the others', async () => {
    answer = () => undefined;
    const patient = new TelegramClient(apiUrl);
    await expectFailure(
      patient.call(TOKEN, 'getMe', {}, { timeoutMs: 50 }),
      new TelegramUnavailable('Telegram is not reachable (TimeoutError)'),
    );
    await patient.close();
  });

  it('has no queue in which a call could lose its time', async () => {
    const waiting: (() => void)[] = [];
    answer = (request, response) => {
      request.resume();
      waiting.push(() => response.end('{"ok":true,"result":true}'));
      // The first answer goes out when all the calls have arrived.
      if (waiting.length === 32) for (const go of waiting) go();
    };
    const patient = new TelegramClient(apiUrl, { timeoutMs: 4_000 });
    const answers = Array.from({ length: 32 }, () => patient.call(TOKEN, 'getMe'));
    await expect(Promise.all(answers)).resolves.toHaveLength(32);
    await patient.close();
  });

  it('closed, ends the calls that are out as unavailable, and takes no more', async () => {
    const arrived = new Promise<void>((resolve) => {
      answer = () => resolve();
    });
    const closing = new TelegramClient(apiUrl);
    const failure = failureOf(closing.getMe(TOKEN));
    await arrived;
    await Promise.all([closing.close(), closing.close()]);
    expect(await failure).toBeInstanceOf(TelegramUnavailable);
    expect(await failureOf(closing.getMe(TOKEN))).toBeInstanceOf(TelegramUnavailable);
  });
});
