import { FaultBook, type FaultsUpdate } from '../faults';
import { Random } from '../random';
import { callBotApi, type ApiAnswer } from './bot-api';
import { Refused, TelegramStandIn, type RefusalReason } from './telegram';
import type { ChatInviteLink } from './wire';

const first = '7234567890:first-invented-secret';
const second = '7234567891:second-invented-secret';
const everything = ['message', 'my_chat_member', 'chat_member', 'chat_join_request'];

class Clock {
  ms = 1_790_000_000_000;
  now(): number {
    return this.ms;
  }
}

function world(faults: FaultsUpdate = {}, username?: string) {
  const clock = new Clock();
  const random = new Random('telegram');
  const telegram = new TelegramStandIn(clock, new FaultBook(random, faults), random);
  const { chatId } = telegram.addChannel({ title: 'Acme', type: 'channel', username });
  for (const token of [first, second]) {
    const { botId } = telegram.addBot({ token, username: `bot_${token.slice(0, 10)}`, name: 'Acme Joins' });
    telegram.findBotByToken(token)?.changeAllowedUpdates(everything);
    telegram.addAdmin(chatId, { botId, canInviteUsers: true });
  }
  const call = (method: string, args: Record<string, unknown> = {}, token = first): Promise<ApiAnswer> =>
    callBotApi(telegram, token, method, () => ({ chat_id: chatId, ...args }));
  const link = async (args: Record<string, unknown> = {}): Promise<ChatInviteLink> =>
    (await call('createChatInviteLink', args)).envelope['result'] as ChatInviteLink;
  const newest = (token: string): unknown =>
    JSON.parse(telegram.findBotByToken(token)?.queue.waiting().at(-1)?.body ?? 'null');
  return { clock, telegram, chatId, call, link, newest };
}

function reasonOf(act: () => unknown): RefusalReason | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof Refused) return error.reason;
    throw error;
  }
}

describe('joins that Telegram does not let happen', () => {
  it('refuses who is in already', async () => {
    const { telegram, chatId, link } = world();
    const { invite_link: inviteLink } = await link();
    telegram.join({ via: 'link', inviteLink, userId: 7_000_000_001 });
    expect(reasonOf(() => telegram.join({ via: 'link', inviteLink, userId: 7_000_000_001 }))).toBe(
      'already-in',
    );
    expect(telegram.state().joins).toBe(1);
    expect(reasonOf(() => telegram.leave({ chatId, userId: 7_000_000_002 }))).toBe('not-in');
  });

  it('refuses an expired link from its second on', async () => {
    const { telegram, clock, link } = world();
    const { invite_link: inviteLink } = await link({ expire_date: 1_790_000_060 });
    clock.ms = 1_790_000_059_999;
    expect(telegram.join({ via: 'link', inviteLink }).joined).toBe(true);
    clock.ms = 1_790_000_060_000;
    expect(reasonOf(() => telegram.join({ via: 'link', inviteLink }))).toBe('link-expired');
  });

  it('refuses a revoked link', async () => {
    const { telegram, call, link } = world();
    const { invite_link: inviteLink } = await link();
    const { envelope } = await call('revokeChatInviteLink', { invite_link: inviteLink });
    expect(envelope).toMatchObject({ ok: true, result: { is_revoked: true } });
    expect(reasonOf(() => telegram.join({ via: 'link', inviteLink }))).toBe('link-revoked');
  });

  it('counts the member limit by who is in now, so a leave frees the place', async () => {
    const { telegram, chatId, link } = world();
    const { invite_link: inviteLink } = await link({ member_limit: 1 });
    const { userId } = telegram.join({ via: 'link', inviteLink });
    expect(reasonOf(() => telegram.join({ via: 'link', inviteLink }))).toBe('member-limit');
    telegram.leave({ chatId, userId });
    expect(telegram.join({ via: 'link', inviteLink }).joined).toBe(true);
  });

  it('refuses a link that was never made, and a direct join into a private chat', () => {
    const { telegram, chatId } = world();
    const inviteLink = 'https://t.me/+Qx3vTn8LkZ1hYzVi';
    expect(reasonOf(() => telegram.join({ via: 'link', inviteLink }))).toBe('unknown-link');
    expect(reasonOf(() => telegram.join({ via: 'direct', chatId }))).toBe('private-chat');
    expect(reasonOf(() => telegram.join({ via: 'folder', chatId: -1 }))).toBe('unknown-chat');
  });
});

describe('what bots are told', () => {
  it('gives each bot in the chat its own copy, with links of others cut', async () => {
    const { telegram, link, newest } = world();
    const { invite_link: inviteLink } = await link();
    telegram.join({ via: 'link', inviteLink });
    const cut = `${inviteLink.slice(0, -8)}...`;
    expect(newest(first)).toMatchObject({ chat_member: { invite_link: { invite_link: inviteLink } } });
    expect(newest(second)).toMatchObject({ chat_member: { invite_link: { invite_link: cut } } });
  });

  it('strips links in public chats only', async () => {
    const faults = { telegram: { stripLinkShare: 1 } };
    for (const { username, inUpdate } of [
      { username: 'acme_channel', inUpdate: false },
      { username: undefined, inUpdate: true },
    ]) {
      const { telegram, link, newest } = world(faults, username);
      const { invite_link: inviteLink } = await link();
      expect(telegram.join({ via: 'link', inviteLink }).inviteLinkInUpdate).toBe(inUpdate);
      const { chat_member: change } = newest(first) as { chat_member: object };
      expect('invite_link' in change).toBe(inUpdate);
    }
  });

  it('queues no type that is off, and uses no number for it', () => {
    const { telegram, chatId } = world({}, 'acme_channel');
    const bot = telegram.findBotByToken(first)!;
    const before = bot.queue.waiting().at(-1)?.updateId ?? 0;
    bot.changeAllowedUpdates([]);
    telegram.join({ via: 'direct', chatId });
    telegram.start({ botId: bot.user.id, userId: 7_000_000_009, payload: 'x' });
    expect(bot.queue.waiting().at(-1)?.updateId).toBe(before + 1);
  });

  it('keeps a request until it is approved or declined', async () => {
    const { telegram, chatId, call, link } = world();
    const { invite_link: inviteLink } = await link({ creates_join_request: true });
    const { joined, userId } = telegram.join({ via: 'link', inviteLink });
    expect(joined).toBe(false);
    expect(reasonOf(() => telegram.join({ via: 'link', inviteLink, userId }))).toBe('already-requested');
    expect((await call('declineChatJoinRequest', { user_id: userId })).status).toBe(200);
    expect((await call('approveChatJoinRequest', { user_id: userId })).envelope).toMatchObject({
      description: 'Bad Request: HIDE_REQUESTER_MISSING',
    });
    telegram.join({ via: 'link', inviteLink, userId });
    expect((await call('approveChatJoinRequest', { user_id: userId })).status).toBe(200);
    expect((await call('getChatMember', { user_id: userId })).envelope).toMatchObject({
      result: { status: 'member' },
    });
    expect(telegram.leave({ chatId, userId })).toEqual({ date: 1_790_000_000 });
  });
});

describe('invite links by the Bot API', () => {
  it('cuts a long name and answers with the link as Telegram does', async () => {
    const { link } = world();
    expect(await link({ name: 'n'.repeat(40), expire_date: 1_790_000_100, member_limit: '2' })).toEqual({
      invite_link: expect.stringMatching(/^https:\/\/t\.me\/\+[\w-]{16}$/),
      name: 'n'.repeat(32),
      creator: { id: 7_234_567_890, is_bot: true, first_name: 'Acme Joins', username: 'bot_7234567890' },
      expire_date: 1_790_000_100,
      member_limit: 2,
      creates_join_request: false,
      is_primary: false,
      is_revoked: false,
    });
  });

  it('replaces all settings by an edit', async () => {
    const { call, link } = world();
    const { invite_link } = await link({ name: 'click', member_limit: 1 });
    const { envelope } = await call('editChatInviteLink', { invite_link, expire_date: 1_790_000_100 });
    expect(envelope['result']).not.toHaveProperty('name');
    expect(envelope['result']).not.toHaveProperty('member_limit');
    expect(envelope['result']).toMatchObject({ expire_date: 1_790_000_100 });
  });

  it.each([
    {
      name: 'a member limit together with join requests',
      args: { member_limit: 1, creates_join_request: true },
      description: "Bad Request: member limit can't be specified for links requiring administrator approval",
    },
    {
      name: 'an expiry in the past',
      args: { expire_date: 1_789_999_999 },
      description: 'Bad Request: EXPIRE_DATE_INVALID',
    },
    {
      name: 'a member limit out of range',
      args: { member_limit: 100_000 },
      description: 'Bad Request: USAGE_LIMIT_INVALID',
    },
    { name: 'an unknown chat', args: { chat_id: -1 }, description: 'Bad Request: chat not found' },
    {
      name: 'a number that is none',
      args: { member_limit: 'x' },
      description: 'Bad Request: invalid member_limit specified',
    },
  ])('refuses $name', async ({ args, description }) => {
    const { envelope, status } = await world().call('createChatInviteLink', args);
    expect(status).toBe(400);
    expect(envelope).toEqual({ ok: false, error_code: 400, description });
  });

  it('needs the right to invite', async () => {
    const { telegram, chatId, call } = world();
    telegram.addAdmin(chatId, { botId: 7_234_567_890, canInviteUsers: false });
    expect((await call('createChatInviteLink')).envelope).toMatchObject({
      error_code: 400,
      description: 'Bad Request: not enough rights to manage chat invite link',
    });
    telegram.removeAdmin(chatId, 7_234_567_890);
    expect((await call('createChatInviteLink')).envelope).toMatchObject({
      error_code: 403,
      description: 'Forbidden: bot is not a member of the channel chat',
    });
  });

  it('touches no link of another bot', async () => {
    const { call, link } = world();
    const { invite_link } = await link();
    expect((await call('revokeChatInviteLink', { invite_link }, second)).status).toBe(400);
  });

  it('refuses by 429 above the flood limit, until a minute has gone by', async () => {
    const { call, clock } = world({ telegram: { linksPerMinute: 2 } });
    await call('createChatInviteLink');
    clock.ms += 15_000;
    await call('createChatInviteLink');
    expect(await call('createChatInviteLink')).toMatchObject({
      status: 429,
      retryAfterSeconds: 45,
      envelope: { ok: false, error_code: 429, parameters: { retry_after: 45 } },
    });
    clock.ms += 45_000;
    expect((await call('createChatInviteLink')).status).toBe(200);
  });

  it('makes the link although its answer is lost', async () => {
    const { call, telegram } = world({ telegram: { lostAnswerShare: 1 } });
    expect((await call('createChatInviteLink')).lost).toBe(true);
    expect(telegram.state().linksCreated).toBe(1);
  });
});

describe('other methods', () => {
  it('writes only to people who started the bot', async () => {
    const { call, telegram } = world();
    const message = { chat_id: 7_000_000_001, text: 'Hello' };
    expect((await call('sendMessage', message)).status).toBe(403);
    telegram.start({ botId: 7_234_567_890, userId: 7_000_000_001, payload: '' });
    expect((await call('sendMessage', message)).envelope).toMatchObject({ result: { text: 'Hello' } });
    expect(telegram.sentMessages(7_234_567_890)).toHaveLength(1);
  });

  it('finds a public chat by its username, and a private one only from inside', async () => {
    const { call } = world({}, 'acme_channel');
    expect((await call('getChat', { chat_id: '@ACME_channel' })).envelope).toMatchObject({
      result: { title: 'Acme' },
    });
    const inside = world();
    inside.telegram.removeAdmin(inside.chatId, 7_234_567_890);
    expect((await inside.call('getChat')).envelope).toMatchObject({
      description: 'Bad Request: chat not found',
    });
  });

  it('knows the standing of bots and owners', async () => {
    const { call } = world();
    expect((await call('getChatMember', { user_id: 7_234_567_890 })).envelope).toMatchObject({
      result: { status: 'administrator', can_invite_users: true },
    });
    expect((await call('getChatMember', { user_id: 7_000_000_001 })).envelope).toMatchObject({
      result: { status: 'left' },
    });
  });

  it('knows the creator of the chat', async () => {
    const { call, newest } = world();
    const { my_chat_member: change } = newest(second) as { my_chat_member: { from: { id: number } } };
    expect((await call('getChatMember', { user_id: change.from.id })).envelope).toMatchObject({
      result: { status: 'creator' },
    });
  });
});
