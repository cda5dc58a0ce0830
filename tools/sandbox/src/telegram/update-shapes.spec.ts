import { FaultBook } from '../faults';
import { isObject } from '../input';
import { Random } from '../random';
import type { Bot } from './bot';
import { callBotApi } from './bot-api';
import sampleKeys from './fixtures/sample-keys.json';
import { TelegramStandIn, type NewChannel } from './telegram';
import type { ChatInviteLink } from './wire';

/** What a person happens to have, or not, in a sample says nothing about the shape of an update. */
const PERSONAL = new Set(['last_name', 'username', 'language_code', 'is_premium']);

function keysOf(value: unknown, prefix = ''): string[] {
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if ('first_name' in value && PERSONAL.has(key)) return [];
    return [`${prefix}${key}`, ...keysOf(inner, `${prefix}${key}.`)];
  });
}

const token = '7234567890:invented-secret';
const userId = 7_000_000_042;
const clock = { now: () => 1_790_000_000_500 };

class World {
  readonly random = new Random('shapes');
  readonly telegram = new TelegramStandIn(clock, new FaultBook(this.random), this.random);
  readonly chatId: number;
  readonly bot: Bot;

  constructor(channel: Partial<NewChannel> = {}) {
    const { botId } = this.telegram.addBot({ token, username: 'acme_joins_bot', name: 'Acme Joins' });
    this.chatId = this.telegram.addChannel({ title: 'Acme Private', type: 'channel', ...channel }).chatId;
    this.bot = this.telegram.findBotByToken(token)!;
    this.bot.changeAllowedUpdates(['message', 'my_chat_member', 'chat_member', 'chat_join_request']);
    this.telegram.addAdmin(this.chatId, { botId, canInviteUsers: true });
  }

  async link(settings: Record<string, unknown> = {}): Promise<string> {
    const args = { chat_id: this.chatId, ...settings };
    const { envelope } = await callBotApi(this.telegram, token, 'createChatInviteLink', () => args);
    return (envelope['result'] as ChatInviteLink).invite_link;
  }

  async joinBy(settings: Record<string, unknown> = {}): Promise<void> {
    this.telegram.join({ via: 'link', userId, inviteLink: await this.link(settings) });
  }

  newest(): unknown {
    return JSON.parse(this.bot.queue.waiting().at(-1)?.body ?? 'null');
  }
}

const publicGroup = { type: 'supergroup', username: 'acme_chat_example' } as const;
const request = { name: 'click', creates_join_request: true };

const cases: Record<keyof typeof sampleKeys, () => World | Promise<World>> = {
  '01-chat_member-private-join-own-link': async () => {
    const world = new World();
    await world.joinBy({ name: 'click', expire_date: 1_790_090_000, member_limit: 1 });
    return world;
  },
  '03-chat_member-public-join-no-link': () => {
    const world = new World({ username: 'acme_channel' });
    world.telegram.join({ via: 'direct', userId, chatId: world.chatId });
    return world;
  },
  '05-chat_join_request-channel-own-link': async () => {
    const world = new World();
    await world.joinBy(request);
    return world;
  },
  '06-chat_member-approved-via-request-link': async () => {
    const world = new World();
    await world.joinBy(request);
    const args = { chat_id: world.chatId, user_id: userId };
    await callBotApi(world.telegram, token, 'approveChatJoinRequest', () => args);
    return world;
  },
  '09-chat_member-folder-join': () => {
    const world = new World(publicGroup);
    world.telegram.join({ via: 'folder', userId, chatId: world.chatId });
    return world;
  },
  '11-chat_member-added-by-admin': () => {
    const world = new World(publicGroup);
    world.telegram.join({ via: 'added-by-admin', userId, chatId: world.chatId });
    return world;
  },
  '12-chat_member-leave': async () => {
    const world = new World();
    await world.joinBy();
    world.telegram.leave({ chatId: world.chatId, userId });
    return world;
  },
  '15-chat_member-join-as-restricted': async () => {
    const world = new World({ ...publicGroup, restrictsNewMembers: true });
    await world.joinBy({ name: 'click' });
    return world;
  },
  '16-chat_member-restricted-leaves': async () => {
    const world = new World({ ...publicGroup, restrictsNewMembers: true });
    await world.joinBy({ name: 'click' });
    world.telegram.leave({ chatId: world.chatId, userId });
    return world;
  },
  '17-chat_member-restricted-rejoins': async () => {
    const world = new World({ ...publicGroup, restrictsNewMembers: true });
    await world.joinBy({ name: 'click' });
    world.telegram.leave({ chatId: world.chatId, userId });
    await world.joinBy({ name: 'click' });
    return world;
  },
  '25-my_chat_member-channel-bot-promoted': () => new World(),
  '31-message-start-payload': () => {
    const world = new World();
    world.telegram.start({ botId: world.bot.user.id, userId, payload: 'c_01J9ZK4W7Q3M8N5R2T6V0XBYDE' });
    return world;
  },
};

/** The sample's bio is an optional key that the invented people never filled in. */
const withoutBio = (keys: readonly string[]): string[] =>
  keys.filter((key) => key !== 'chat_join_request.bio');

it.each(Object.entries(cases))('writes the keys of sample %s, in its order', async (sample, happen) => {
  const world = await happen();
  expect(keysOf(world.newest())).toEqual(withoutBio(sampleKeys[sample as keyof typeof sampleKeys]));
});

it('tells a removed bot that it left, and nothing after that', async () => {
  const world = new World();
  const link = await world.link();
  world.telegram.removeAdmin(world.chatId, world.bot.user.id);
  expect(world.newest()).toMatchObject({
    my_chat_member: { old_chat_member: { status: 'administrator' }, new_chat_member: { status: 'left' } },
  });
  const { size } = world.bot.queue;
  world.telegram.join({ via: 'link', inviteLink: link, userId });
  expect(world.bot.queue.size).toBe(size);
});

it('names the approving bot as the one who did it, and keeps the link', async () => {
  const world = await cases['06-chat_member-approved-via-request-link']();
  expect(world.newest()).toMatchObject({
    chat_member: { from: { id: world.bot.user.id }, invite_link: { creates_join_request: true } },
  });
});

it('names the admin who added somebody', () => {
  const world = new World(publicGroup);
  world.telegram.join({ via: 'added-by-admin', userId, chatId: world.chatId });
  expect(world.newest()).toMatchObject({ chat_member: { new_chat_member: { user: { id: userId } } } });
  expect(world.newest()).not.toMatchObject({ chat_member: { from: { id: userId } } });
});

it('gives whole seconds, rounded down', async () => {
  const world = await cases['01-chat_member-private-join-own-link']();
  expect(world.newest()).toMatchObject({ chat_member: { date: 1_790_000_000 } });
});

it('writes a line break after the number, and ASCII only', () => {
  const world = new World({ title: 'Канал 😀' });
  const body = world.bot.queue.waiting().at(-1)?.body ?? '';
  expect(body).toMatch(/^\{"update_id":\d+,\n"my_chat_member":/);
  expect(body).toMatch(/^[\n\x20-\x7e]+$/);
  expect(world.newest()).toMatchObject({ my_chat_member: { chat: { title: 'Канал 😀' } } });
});
