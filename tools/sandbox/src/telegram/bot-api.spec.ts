import { startSandbox, type Sandbox } from '../sandbox';

const token = '7234567890:invented-secret';
let sandbox: Sandbox;
let chatId: number;

beforeEach(async () => {
  sandbox = await startSandbox();
  const { botId } = sandbox.telegram.addBot({ token, username: 'acme_joins_bot', name: 'Acme Joins' });
  chatId = sandbox.telegram.addChannel({ title: 'Acme', type: 'channel', username: 'acme_channel' }).chatId;
  sandbox.telegram.addAdmin(chatId, { botId, canInviteUsers: true });
});
afterEach(() => sandbox.close());

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: Record<string, unknown>;
}

async function ask(path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${sandbox.telegramApiUrl}${path}`, init);
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body };
}

const post = (method: string, args: Record<string, unknown> = {}): Promise<Answer> =>
  ask(`/bot${token}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(args),
  });

it('answers getMe by GET and by POST without a body, whatever the case of its name', async () => {
  const me = { id: 7_234_567_890, is_bot: true, first_name: 'Acme Joins', username: 'acme_joins_bot' };
  expect((await ask(`/bot${token}/getMe`)).body).toMatchObject({ ok: true, result: me });
  expect((await ask(`/bot${token}/getme`, { method: 'POST' })).body).toMatchObject({ ok: true, result: me });
});

it.each([
  { name: 'an unknown token', path: '/bot7234567890:wrong/getMe', status: 401, description: 'Unauthorized' },
  {
    name: 'an unknown method',
    path: `/bot${token}/getNothing`,
    status: 404,
    description: 'Not Found: method not found',
  },
  { name: 'a path that is no method', path: '/bots', status: 404, description: 'Not Found' },
])('refuses $name in an envelope', async ({ path, status, description }) => {
  expect(await ask(path)).toMatchObject({ status, body: { ok: false, error_code: status, description } });
});

it('reads arguments from a form, from the query and from JSON', async () => {
  const form = await ask(`/bot${token}/createChatInviteLink`, {
    method: 'POST',
    body: new URLSearchParams({ chat_id: String(chatId), name: 'by form', member_limit: '1' }),
  });
  expect(form.body).toMatchObject({ result: { name: 'by form', member_limit: 1 } });
  const query = await ask(
    `/bot${token}/createChatInviteLink?chat_id=@acme_channel&creates_join_request=true`,
  );
  expect(query.body).toMatchObject({ result: { creates_join_request: true } });
  expect((await post('createChatInviteLink', { chat_id: chatId, name: 'by JSON' })).body).toMatchObject({
    result: { name: 'by JSON' },
  });
});

it('refuses broken JSON', async () => {
  const answer = await ask(`/bot${token}/getMe`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"a":',
  });
  expect(answer).toMatchObject({ status: 400, body: { ok: false, error_code: 400 } });
});

it('tells 429 in the body and in the header', async () => {
  sandbox.setFaults({
    telegram: {
      retryAfterSeconds: 7,
      next: [{ method: 'createChatInviteLink', fault: 'tooManyRequests', times: 1 }],
    },
  });
  expect(await post('createChatInviteLink', { chat_id: chatId })).toEqual({
    status: 429,
    retryAfter: '7',
    body: {
      ok: false,
      error_code: 429,
      description: 'Too Many Requests: retry after 7',
      parameters: { retry_after: 7 },
    },
  });
  expect((await post('createChatInviteLink', { chat_id: chatId })).status).toBe(200);
});

it('cuts the connection where the answer is lost', async () => {
  sandbox.setFaults({
    telegram: { next: [{ method: 'createChatInviteLink', fault: 'lostAnswer', times: 1 }] },
  });
  await expect(post('createChatInviteLink', { chat_id: chatId })).rejects.toThrow('fetch failed');
  expect(sandbox.telegram.state().linksCreated).toBe(1);
});

describe('webhook settings', () => {
  const url = 'http://127.0.0.1:1/hook';

  it.each([
    {
      name: 'a secret with a space',
      args: { url, secret_token: 'a b' },
      says: 'secret token contains unallowed characters',
    },
    {
      name: 'a secret that is too long',
      args: { url, secret_token: 'a'.repeat(257) },
      says: 'secret token is too long',
    },
    { name: 'what is no URL', args: { url: 'http://' }, says: 'bad webhook: invalid URL specified' },
    {
      name: 'a scheme that is not HTTP',
      args: { url: 'ftp://x.example' },
      says: 'bad webhook: an HTTPS URL must be provided for webhook',
    },
    {
      name: 'types that are no list',
      args: { url, allowed_updates: 'x' },
      says: "can't parse allowed_updates JSON object",
    },
  ])('refuse $name', async ({ args, says }) => {
    expect((await post('setWebhook', args)).body).toEqual({
      ok: false,
      error_code: 400,
      description: `Bad Request: ${says}`,
    });
    expect((await post('getWebhookInfo')).body).toMatchObject({ result: { url: '' } });
  });

  it('are told back, with what waits and what went wrong', async () => {
    await post('setWebhook', {
      url,
      allowed_updates: '["chat_member","my_chat_member"]',
      max_connections: 500,
    });
    sandbox.telegram.join({ via: 'direct', chatId });
    let info: unknown;
    do info = (await post('getWebhookInfo')).body['result'];
    while (!JSON.stringify(info).includes('last_error_message'));
    expect(info).toMatchObject({
      url,
      has_custom_certificate: false,
      pending_update_count: 2,
      last_error_message: 'Connection refused',
      max_connections: 100,
      allowed_updates: ['my_chat_member', 'chat_member'],
    });
  });

  it('leave allowed_updates out when they are the default', async () => {
    await post('setWebhook', { url, allowed_updates: [] });
    expect((await post('getWebhookInfo')).body['result']).not.toHaveProperty('allowed_updates');
  });

  it('may be taken back by an empty URL, and twice', async () => {
    await post('setWebhook', { url });
    expect((await post('setWebhook', { url: '' })).body).toMatchObject({
      description: 'Webhook was deleted',
    });
    expect((await post('deleteWebhook')).body).toMatchObject({ description: 'Webhook is already deleted' });
  });
});

describe('getUpdates', () => {
  it('is refused while there is a webhook', async () => {
    await post('setWebhook', { url: 'http://127.0.0.1:1/hook' });
    expect((await post('getUpdates')).body).toMatchObject({ ok: false, error_code: 409 });
  });

  it('repeats what the offset has not confirmed', async () => {
    const all = ['message', 'my_chat_member', 'chat_member'];
    await post('getUpdates', { allowed_updates: all });
    sandbox.telegram.join({ via: 'direct', chatId });
    const ids = async (args: Record<string, unknown>): Promise<number[]> =>
      ((await post('getUpdates', args)).body['result'] as { update_id: number }[]).map(
        ({ update_id }) => update_id,
      );
    const [promoted, joined] = await ids({});
    expect(joined).toBe((promoted ?? 0) + 1);
    expect(await ids({ limit: 1 })).toEqual([promoted]);
    expect(await ids({ offset: joined })).toEqual([joined]);
    expect(await ids({ offset: (joined ?? 0) + 1 })).toEqual([]);
    expect(await ids({})).toEqual([]);
  });

  it('keeps only the newest for a negative offset', async () => {
    sandbox.telegram.start({ botId: 7_234_567_890, userId: 7_000_000_001, payload: 'a' });
    const { body } = await post('getUpdates', { offset: -1 });
    expect(body['result']).toMatchObject([{ message: { text: '/start a' } }]);
  });

  it('waits for the next one, and gives way to another poll', async () => {
    await post('getUpdates', { offset: 2_000_000_000 });
    const waiting = post('getUpdates', { timeout: 30 });
    const conflict = waiting.then(({ body }) => body);
    let next = post('getUpdates', { timeout: 30 });
    // Which of the two came first is up to the network: one of them is thrown out, the other gets the update.
    const thrownOut = await Promise.race([conflict, next.then(({ body }) => body)]);
    expect(thrownOut).toMatchObject({ ok: false, error_code: 409 });
    next = Promise.any(
      [waiting, next].map(async (answer) => {
        if ((await answer).status !== 200) throw new Error('thrown out');
        return answer;
      }),
    );
    sandbox.telegram.start({ botId: 7_234_567_890, userId: 7_000_000_001, payload: 'late' });
    expect((await next).body['result']).toMatchObject([{ message: { text: '/start late' } }]);
  });
});
