import { isObject } from '../input';
import { startSandbox, type Sandbox } from '../sandbox';
import type { Update } from './wire';

const token = '7234567890:invented-secret';
const botId = 7_234_567_890;
const allowed_updates = ['message', 'my_chat_member', 'chat_member', 'chat_join_request'];
let sandbox: Sandbox;

interface Envelope {
  readonly ok: boolean;
  readonly result?: unknown;
  readonly error_code?: number;
  readonly description?: string;
  readonly parameters?: unknown;
}

async function call(method: string, args: Record<string, unknown> = {}): Promise<Envelope> {
  const response = await fetch(`${sandbox.telegramApiUrl}/bot${token}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(args),
  });
  return (await response.json()) as Envelope;
}

const poll = async (args: Record<string, unknown> = {}): Promise<readonly Update[]> => {
  const { result } = await call('getUpdates', { allowed_updates, timeout: 0, ...args });
  return result as readonly Update[];
};

beforeEach(async () => {
  sandbox = await startSandbox();
  sandbox.telegram.addBot({ token, username: 'acme_joins_bot', name: 'Acme Joins' });
  await poll();
});
afterEach(() => sandbox.close());

const addChat = (type: 'channel' | 'supergroup' | 'group'): number => {
  const { chatId } = sandbox.telegram.addChannel({ title: 'Acme', type });
  sandbox.telegram.addAdmin(chatId, { botId, canInviteUsers: true });
  return chatId;
};

describe('polling', () => {
  it('keeps updates until an offset above them confirms them', async () => {
    addChat('channel');
    const [first] = await poll();
    const again = await poll();
    expect(again).toEqual([first]);
    expect(await poll({ offset: (first?.update_id ?? 0) + 1 })).toEqual([]);
    await sandbox.telegram.drained();
  });

  it('is a conflict for all but the newest poll, and while a webhook is set', async () => {
    const waiting = call('getUpdates', { allowed_updates, timeout: 20 });
    // The second may come first; one of the two is ended by the other.
    const second = call('getUpdates', { allowed_updates, timeout: 1 });
    const ended = await Promise.race([waiting, second]);
    expect(ended).toMatchObject({ ok: false, error_code: 409 });

    const third = call('getUpdates', { allowed_updates, timeout: 20 });
    await Promise.allSettled([waiting, second]);
    await call('setWebhook', { url: 'http://127.0.0.1:9/' });
    expect(await third).toMatchObject({ ok: false, error_code: 409 });
    expect(await call('getUpdates')).toMatchObject({ ok: false, error_code: 409 });
  });

  it('may see numbers that jump, in either direction', async () => {
    const chatId = addChat('channel');
    sandbox.telegram.jumpUpdateIds(botId, 1_999_999_999);
    sandbox.telegram.join({ chatId, via: 'added-by-admin' });
    sandbox.telegram.jumpUpdateIds(botId, 2_000_001);
    sandbox.telegram.join({ chatId, via: 'added-by-admin' });
    const ids = (await poll()).map(({ update_id: id }) => id);
    expect(ids).toEqual(expect.arrayContaining([1_999_999_999, 2_000_001]));
  });
});

describe('a chat', () => {
  it('tells its new title in groups only, and its new name nowhere', async () => {
    const channel = addChat('channel');
    const group = addChat('supergroup');
    const before = (await poll()).length;
    sandbox.telegram.changeChat(channel, { title: 'Roof', username: 'roof_example' });
    sandbox.telegram.changeChat(group, { title: 'Cellar' });
    const told = (await poll()).slice(before);
    expect(told).toMatchObject([
      { message: { chat: { id: group, title: 'Cellar' }, new_chat_title: 'Cellar' } },
    ]);
    expect(await call('getChat', { chat_id: channel })).toMatchObject({
      result: { title: 'Roof', username: 'roof_example' },
    });
    sandbox.telegram.changeChat(channel, { username: null });
    const { result } = await call('getChat', { chat_id: channel });
    expect(isObject(result) && 'username' in result).toBe(false);
  });

  it("tells its administrator the bot's own primary link, always the same, and counts it as nobody's making", async () => {
    const chat_id = addChat('channel');
    const first = await call('getChat', { chat_id });
    expect(first).toMatchObject({
      result: { invite_link: expect.stringContaining('https://t.me/+') as string },
    });
    expect(await call('getChat', { chat_id })).toEqual(first);
    expect(sandbox.telegram.state().linksCreated).toBe(0);
  });

  it('moves to another id when a group becomes a supergroup', async () => {
    const chatId = addChat('group');
    const { userId } = sandbox.telegram.join({ chatId, via: 'added-by-admin' });
    const before = (await poll()).length;
    const moved = sandbox.telegram.migrate(chatId).chatId;
    const told = (await poll()).slice(before);
    expect(told).toHaveLength(2);
    expect(told).toMatchObject([
      { message: { chat: { id: chatId, type: 'group' }, migrate_to_chat_id: moved } },
      { message: { chat: { id: moved, type: 'supergroup' }, migrate_from_chat_id: chatId } },
    ]);
    expect(await call('getChat', { chat_id: chatId })).toMatchObject({
      error_code: 400,
      parameters: { migrate_to_chat_id: moved },
    });
    expect(await call('getChatMember', { chat_id: moved, user_id: userId })).toMatchObject({
      result: { status: 'member' },
    });
    expect(() => sandbox.telegram.migrate(moved)).toThrow('no basic group');
  });

  it('lets nobody in again who was banned', async () => {
    const chatId = addChat('channel');
    const { result } = await call('createChatInviteLink', { chat_id: chatId });
    const { invite_link: inviteLink } = result as { invite_link: string };
    const { userId } = sandbox.telegram.join({ via: 'link', inviteLink });
    sandbox.telegram.kick({ chatId, userId });
    expect((await poll()).at(-1)).toMatchObject({
      chat_member: { old_chat_member: { status: 'member' }, new_chat_member: { status: 'kicked' } },
    });
    expect(() => sandbox.telegram.join({ via: 'link', inviteLink, userId })).toThrow('banned');
  });
});

it('keeps the keyboard of a message', async () => {
  sandbox.telegram.start({ botId, userId: 7_000_000_001, payload: '' });
  const reply_markup = { inline_keyboard: [[{ text: 'Open', url: 'https://t.me/roof_example' }]] };
  await call('sendMessage', { chat_id: 7_000_000_001, text: 'Roof', reply_markup });
  expect(sandbox.telegram.sentMessages(botId)).toMatchObject([{ text: 'Roof', reply_markup }]);
});
