import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSandbox, type Sandbox } from '../sandbox';
import type { FaultsUpdate } from '../faults';
import { startReceiver, type WebhookReceiver } from './fixtures/webhook-receiver';

const token = '7234567890:invented-secret';
const allowed_updates = ['message', 'my_chat_member', 'chat_member', 'chat_join_request'];

let sandbox: Sandbox;
let receiver: WebhookReceiver | undefined;
let chatId: number;

async function start(faults: FaultsUpdate = {}, clock?: { now(): number }): Promise<void> {
  sandbox = await startSandbox({
    faults: { ...faults, telegram: { retryScale: 0.005, ...faults.telegram } },
    seed: 'webhook',
    ...(clock ? { clock } : {}),
  });
  const { botId } = sandbox.telegram.addBot({ token, username: 'acme_joins_bot', name: 'Acme Joins' });
  chatId = sandbox.telegram.addChannel({ title: 'Acme', type: 'channel', username: 'acme_channel' }).chatId;
  sandbox.telegram.addAdmin(chatId, { botId, canInviteUsers: true });
}

async function call(method: string, args: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
  const response = await fetch(`${sandbox.telegramApiUrl}/bot${token}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(args),
  });
  return (await response.json()) as Record<string, unknown>;
}

const setWebhook = (more: Record<string, unknown> = {}): Promise<Record<string, unknown>> =>
  call('setWebhook', { url: receiver?.url, allowed_updates, drop_pending_updates: true, ...more });

/** Obeys the 429 that a second setWebhook within a second gets. */
async function setWebhookAgain(more: Record<string, unknown>): Promise<Record<string, unknown>> {
  for (;;) {
    const answer = await setWebhook(more);
    if (answer['error_code'] !== 429) return answer;
    const { retry_after } = answer['parameters'] as { retry_after: number };
    await sleep(retry_after * 1000);
  }
}

const join = (userId: number): unknown => sandbox.telegram.join({ via: 'direct', chatId, userId });
const bot = () => sandbox.telegram.state().bots[0]!;

afterEach(async () => {
  await sandbox.close();
  await receiver?.close();
  receiver = undefined;
});

it('sends one update with the named headers and no others', async () => {
  await start();
  receiver = await startReceiver();
  await setWebhook({ secret_token: 'a_Secret-1' });
  join(7_000_000_001);
  await sandbox.telegram.drained();
  const [only] = receiver.received;
  expect(Object.keys(only?.headers ?? {}).sort()).toEqual([
    'accept-encoding',
    'connection',
    'content-length',
    'content-type',
    'host',
    'x-telegram-bot-api-secret-token',
  ]);
  expect(only?.headers).toMatchObject({
    connection: 'keep-alive',
    'content-type': 'application/json',
    'accept-encoding': 'gzip, deflate',
    'x-telegram-bot-api-secret-token': 'a_Secret-1',
  });
  expect(only?.update).toMatchObject({ chat_member: { new_chat_member: { user: { id: 7_000_000_001 } } } });
  expect(bot()).toMatchObject({ queued: 0, delivered: 1, failedAttempts: 0 });
});

it('retries with the same bytes until 2xx, in order for a user, and tells the error meanwhile', async () => {
  await start();
  receiver = await startReceiver((response, _received, nth) =>
    response.writeHead(nth <= 3 ? 500 : 204).end(),
  );
  await setWebhook();
  join(7_000_000_001);
  sandbox.telegram.leave({ chatId, userId: 7_000_000_001 });
  await receiver.until(2);
  expect((await call('getWebhookInfo'))['result']).toMatchObject({
    last_error_message: 'Wrong response from the webhook: 500 Internal Server Error',
  });
  await sandbox.telegram.drained();
  const bodies = receiver.received.map(({ rawBody }) => rawBody);
  expect(new Set(bodies.slice(0, 4)).size).toBe(1);
  expect(bodies).toHaveLength(5);
  expect(receiver.received[4]?.update).toMatchObject({
    chat_member: { new_chat_member: { status: 'left' } },
  });
  expect(bot()).toMatchObject({ delivered: 2, failedAttempts: 3, queued: 0 });
});

it('does not take a redirect for success', async () => {
  await start();
  receiver = await startReceiver((response, _received, nth) =>
    response.writeHead(nth === 1 ? 302 : 200, { location: '/elsewhere' }).end(),
  );
  await setWebhook();
  join(7_000_000_001);
  await sandbox.telegram.drained();
  expect(bot().failedAttempts).toBe(1);
  expect(receiver.received).toHaveLength(2);
});

it('waits as Retry-After says, for that user only', async () => {
  await start({ telegram: { retryScale: 0.1 } });
  const first = 7_000_000_001;
  receiver = await startReceiver((response, { update }, nth) => {
    const isFirst = 'chat_member' in update && update.chat_member.new_chat_member.user.id === first;
    response.writeHead(isFirst && nth === 1 ? 503 : 200, { 'retry-after': '3' }).end();
  });
  await setWebhook();
  join(first);
  await receiver.until(1);
  join(7_000_000_002);
  await sandbox.telegram.drained();
  const people = receiver.received.map(
    ({ update }) => 'chat_member' in update && update.chat_member.new_chat_member.user.id,
  );
  expect(people).toEqual([first, 7_000_000_002, first]);
  const waited = (receiver.received[2]?.receivedAt ?? 0) - (receiver.received[0]?.receivedAt ?? 0);
  expect(waited).toBeGreaterThanOrEqual(295);
});

it('gives up on a receiver that stays silent, and tries again', async () => {
  await start({ telegram: { webhookTimeoutMs: 100 } });
  receiver = await startReceiver((response, _received, nth) => {
    if (nth > 1) response.end();
  });
  await setWebhook();
  join(7_000_000_001);
  await sandbox.telegram.drained();
  expect((await call('getWebhookInfo'))['result']).toMatchObject({
    last_error_message: 'Read timeout expired',
  });
  expect(receiver.received).toHaveLength(2);
});

it('has up to max_connections under way at once, and no more', async () => {
  await start();
  const held: ServerResponse[] = [];
  receiver = await startReceiver((response, _received, nth) => {
    if (nth <= 3) held.push(response);
    else response.end();
  });
  await setWebhook({ max_connections: 3 });
  for (let i = 0; i < 60; i++) join(7_000_000_001 + i);
  await receiver.until(3);
  // A fourth would have been sent with the first three, before this call gets its answer.
  await call('getWebhookInfo');
  expect(receiver.received).toHaveLength(3);
  for (const response of held) response.end();
  await sandbox.telegram.drained();
  expect(receiver.received).toHaveLength(60);
});

it('delivers acknowledged updates again, each once', async () => {
  await start({ telegram: { redeliverShare: 1 } });
  receiver = await startReceiver();
  await setWebhook();
  for (let i = 0; i < 20; i++) join(7_000_000_001 + i);
  await sandbox.telegram.drained();
  expect(receiver.received).toHaveLength(40);
  expect(new Set(receiver.received.map(({ update }) => update.update_id)).size).toBe(20);
  expect(bot()).toMatchObject({ delivered: 20, redelivered: 20 });
});

it('lets users overtake each other', async () => {
  await start({ telegram: { delayShare: 0.5, delayMaxMs: 50 } });
  receiver = await startReceiver();
  await setWebhook();
  for (let i = 0; i < 40; i++) join(7_000_000_001 + i);
  await sandbox.telegram.drained();
  const ids = receiver.received.map(({ update }) => update.update_id);
  expect(ids).not.toEqual(ids.toSorted((one, other) => one - other));
  expect(new Set(ids).size).toBe(40);
});

it('drops what a day old receiver never took', async () => {
  const clock = { ms: 1_790_000_000_000, now: () => clock.ms };
  await start({ telegram: { retryScale: 0.02 } }, clock);
  receiver = await startReceiver((response) => response.writeHead(500).end());
  await setWebhook();
  join(7_000_000_001);
  await receiver.until(2);
  clock.ms += 86_400_000;
  await sandbox.telegram.drained();
  expect(bot()).toMatchObject({ expired: 1, delivered: 0, queued: 0 });
});

it('sends again what was in flight when the webhook was set anew', async () => {
  await start();
  receiver = await startReceiver((response, _received, nth) => {
    if (nth > 1) response.end();
  });
  await setWebhook();
  join(7_000_000_001);
  await receiver.until(1);
  await call('deleteWebhook');
  expect(bot().queued).toBe(1);
  let answer = await setWebhook({ drop_pending_updates: false });
  expect(answer).toMatchObject({ error_code: 429, parameters: { retry_after: 1 } });
  for (; answer['ok'] !== true;) answer = await setWebhook({ drop_pending_updates: false });
  await sandbox.telegram.drained();
  expect(receiver.received).toHaveLength(2);
});

it('does not take the connections that it cut itself for failures, or for free places', async () => {
  await start();
  const held: ServerResponse[] = [];
  receiver = await startReceiver((response, _received, nth) => {
    if (nth <= 2) held.push(response);
    else response.end();
  });
  await setWebhook({ max_connections: 1 });
  join(7_000_000_001);
  await receiver.until(1);
  await call('deleteWebhook');
  join(7_000_000_002);
  const again = { drop_pending_updates: false, max_connections: 1 };
  await setWebhookAgain(again);
  await receiver.until(2);
  await call('getWebhookInfo');
  expect(receiver.received).toHaveLength(2);
  for (const response of held) response.end();
  await sandbox.telegram.drained();
  expect(receiver.received).toHaveLength(3);
  expect(bot()).toMatchObject({ delivered: 2, failedAttempts: 0, lastError: null });
});

it('runs a method that the answer carries', async () => {
  await start();
  receiver = await startReceiver((response, { update }) => {
    const chat_id = 'message' in update ? update.message.chat.id : 0;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ method: 'sendMessage', chat_id, text: 'Welcome' }));
  });
  await setWebhook();
  sandbox.telegram.start({ botId: 7_234_567_890, userId: 7_000_000_001, payload: 'abc' });
  await sandbox.telegram.drained();
  expect(sandbox.telegram.sentMessages(7_234_567_890)).toMatchObject([{ text: 'Welcome' }]);
});

it('takes the webhook away after 23 h of 410', async () => {
  const clock = { ms: 1_790_000_000_000, now: () => clock.ms };
  await start({}, clock);
  receiver = await startReceiver((response, _received, nth) => {
    if (nth === 2) clock.ms += 23 * 3_600_000;
    response.writeHead(410).end();
  });
  await setWebhook();
  join(7_000_000_001);
  await receiver.until(2);
  while (bot().webhookUrl !== null) await new Promise((resolve) => setImmediate(resolve));
  expect(bot().queued).toBe(1);
});
