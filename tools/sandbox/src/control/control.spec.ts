import { NO_FAULTS } from '../faults';
import { startSandbox, type Sandbox } from '../sandbox';

let sandbox: Sandbox;
beforeEach(async () => (sandbox = await startSandbox()));
afterEach(() => sandbox.close());

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function control(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${sandbox.url}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

const post = (path: string, body: unknown = {}): Promise<Answer> => control('POST', `/control${path}`, body);
const get = (path: string): Promise<Answer> => control('GET', `/control${path}`);

const token = '7234567890:invented-secret';
const chatId = -1_002_147_483_648;

async function setUp(): Promise<string> {
  await post('/telegram/bots', { token, username: 'acme_joins_bot', name: 'Acme Joins' });
  await post('/telegram/channels', { chatId, title: 'Acme', type: 'channel' });
  await post(`/telegram/channels/${chatId}/admins`, { botId: 7_234_567_890, canInviteUsers: true });
  const { body } = await control('POST', `/bot${token}/createChatInviteLink`, { chat_id: chatId });
  return (body as { result: { invite_link: string } }).result.invite_link;
}

it('is ready', async () => {
  expect(await control('GET', '/health/ready')).toEqual({ status: 200, body: { status: 'ready' } });
});

it('lets a visitor go all the way in', async () => {
  const inviteLink = await setUp();
  const joined = await post('/telegram/joins', { chatId, userId: 7_000_000_001, via: 'link', inviteLink });
  expect(joined).toEqual({
    status: 201,
    body: {
      joined: true,
      chatId,
      userId: 7_000_000_001,
      date: expect.any(Number),
      joinedAt: expect.any(Number),
      inviteLinkInUpdate: true,
    },
  });
  const again = await post('/telegram/joins', { chatId, userId: 7_000_000_001, via: 'link', inviteLink });
  expect(again).toMatchObject({ status: 409, body: { error: 'already-in' } });
  expect(
    await post('/telegram/starts', { botId: 7_234_567_890, userId: 7_000_000_001, payload: 'abc' }),
  ).toMatchObject({
    status: 201,
    body: { started: true },
  });
  expect(await post('/telegram/leaves', { chatId, userId: 7_000_000_001 })).toMatchObject({
    status: 201,
    body: { left: true },
  });
  expect((await get('/telegram/state')).body).toMatchObject({
    // The bot has no chat_member by default: its promotion and the start wait, the join and the leave are gone.
    bots: [{ botId: 7_234_567_890, queued: 2, delivered: 0, failedAttempts: 0, redelivered: 0 }],
    channels: [{ chatId, linksCreated: 1, joins: 1, joinsWithLinkInUpdate: 1, leaves: 1, members: 0 }],
    linksCreated: 1,
    joins: 1,
  });
});

it('takes a list of joins, each with an answer of its own', async () => {
  const inviteLink = await setUp();
  const { status, body } = await post('/telegram/joins', [
    { via: 'link', inviteLink },
    { via: 'link', inviteLink, userId: 7_000_000_001 },
    { via: 'folder', chatId },
  ]);
  expect(status).toBe(201);
  expect(body).toMatchObject([
    { joined: true, userId: 7_000_000_001, chatId },
    { joined: false, refused: 'already-in' },
    { joined: true, inviteLinkInUpdate: false },
  ]);
});

it('does nothing of a list that has a slip in it', async () => {
  const inviteLink = await setUp();
  const answer = await post('/telegram/joins', [{ via: 'link', inviteLink }, { via: 'plane' }]);
  expect(answer).toMatchObject({ status: 400, body: { field: 'joins.1.via' } });
  expect(sandbox.telegram.state().joins).toBe(0);
});

it.each([
  { path: '/telegram/bots', body: { token: 'x', username: 'acme_bot', name: 'A' }, field: 'token' },
  { path: '/telegram/bots', body: { token, username: '@acme', name: 'A' }, field: 'username' },
  { path: '/telegram/bots', body: { token, username: 'acme_bot', name: 'A', extra: 1 }, field: 'extra' },
  { path: '/telegram/channels', body: { title: 'A', type: 'forum' }, field: 'type' },
  { path: '/telegram/channels', body: { title: 'A', type: 'channel', chatId: 5 }, field: 'chatId' },
  { path: '/telegram/channels/x/admins', body: { botId: 1 }, field: 'chatId' },
  { path: '/telegram/joins', body: { via: 'direct' }, field: 'chatId' },
  { path: '/telegram/joins', body: { via: 'link', chatId }, field: 'inviteLink' },
  { path: '/telegram/joins', body: { via: 'direct', chatId, userId: 2 ** 52 }, field: 'userId' },
  { path: '/telegram/starts', body: { botId: 1, userId: 1, payload: 'a b' }, field: 'payload' },
  { path: '/tiktok/pixels', body: { pixelCode: 'C' }, field: 'accessToken' },
  { path: '/tiktok/pixels', body: [], field: 'body' },
])('names the field $field that is wrong at $path', async ({ path, body, field }) => {
  const answer = await post(path, body);
  expect(answer).toMatchObject({ status: 400, body: { error: 'invalid-input', field } });
  expect((answer.body as { message: string }).message).toContain(field);
});

it('answers 404 for what it does not know', async () => {
  expect(await post('/telegram/joins', { via: 'direct', chatId })).toMatchObject({
    status: 404,
    body: { error: 'unknown-chat' },
  });
  expect(await get('/nothing')).toMatchObject({ status: 404, body: { error: 'not-found' } });
});

it('removes an administrator', async () => {
  await setUp();
  expect((await control('DELETE', `/control/telegram/channels/${chatId}/admins/7234567890`)).status).toBe(
    204,
  );
  expect(sandbox.telegram.state().channels[0]?.adminBotIds).toEqual([]);
});

it('shows what TikTok got', async () => {
  await post('/tiktok/pixels', { pixelCode: 'CPIXEL', accessToken: 'invented-token' });
  const body = { pixel_code: 'CPIXEL', event: 'Lead', event_id: 'adtarget_1' };
  await fetch(`${sandbox.tiktokApiUrl}/pixel/track/`, {
    method: 'POST',
    headers: { 'access-token': 'invented-token' },
    body: JSON.stringify(body),
  });
  expect((await get('/tiktok/events')).body).toMatchObject({
    events: [
      { pixelCode: 'CPIXEL', event: 'Lead', eventId: 'adtarget_1', received: 1, accepted: 1, lastBody: body },
    ],
  });
  const { body: requests } = await get('/tiktok/requests?limit=1');
  expect(requests).toMatchObject({
    requests: [{ path: '/pixel/track/', events: 1, httpStatus: 200, code: 0 }],
  });
  expect(JSON.stringify(requests)).not.toContain('invented-token');
  expect((await get('/tiktok/summary')).body).toMatchObject({
    requests: 1,
    byOutcome: { code0: 1 },
    accepted: 1,
  });
  expect((await get('/tiktok/test-events')).body).toEqual({ events: [] });
  expect((await get('/tiktok/requests?limit=0')).status).toBe(400);
});

it('changes faults, tells them, and forgets all on reset', async () => {
  const changed = await control('PUT', '/control/faults', { tiktok: { lostAnswer: 0.05 } });
  expect(changed).toMatchObject({ status: 200, body: { tiktok: { lostAnswer: 0.05 } } });
  expect((await control('PUT', '/control/faults', { tiktok: { lostAnswer: 2 } })).body).toEqual({
    error: 'invalid-input',
    field: 'tiktok.lostAnswer',
    message: 'tiktok.lostAnswer must be a share from 0 to 1',
  });
  await setUp();
  expect((await control('POST', '/control/reset')).status).toBe(204);
  expect((await get('/faults')).body).toEqual(NO_FAULTS);
  expect((await get('/telegram/state')).body).toEqual({ bots: [], channels: [], linksCreated: 0, joins: 0 });
});
