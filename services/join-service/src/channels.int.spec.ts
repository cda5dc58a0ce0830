import {
  linkKeyOf,
  startPayloadOf,
  type TopicDefinition,
  topics,
  TRACKED_LINK_NAME,
} from '@clickjoin/contracts';
import type { RunningService } from '@clickjoin/service-kit';
import { type Sandbox, startSandbox } from '@clickjoin/sandbox';
import { eventually, produce, readAll, TcpProxy, testInfra, uniquePrefix } from '@clickjoin/testing';
import type { JoinServiceConfig } from './config';
import {
  BOT_ID,
  botRecord,
  callTelegram,
  channelRecord,
  eventsOf,
  startJoinService,
  TOKEN,
} from './join-service.fixture';

const SECRET = 'Zq3_vT-garden-secret';
const OTHER_TOKEN = '7111111111:AAH-invented-token-of-the-second-bot';
const CLICK = '0198f3b6-02d8-7c41-9e6a-7b1d4f5c8e03';

/** Two bots, and what people and owners do with their channels, at a Telegram that redelivers and delays. */
describe('channels of two bots', () => {
  const prefix = uniquePrefix('join-channels');
  let sandbox: Sandbox;
  let service: RunningService<JoinServiceConfig>;
  let address: TcpProxy;
  const env = (): Record<string, string> => ({
    KAFKA_BROKERS: testInfra().brokers,
    TOPIC_PREFIX: prefix,
    TELEGRAM_API_URL: sandbox.telegramApiUrl,
    PUBLIC_WEBHOOK_URL: `http://127.0.0.1:${address.port}`,
    WEBHOOK_CHECK_MS: '300',
    CHANNEL_CHECK_MS: '500',
  });
  const start = async (): Promise<void> => {
    service = await startJoinService(env());
    address.targetPort = Number(new URL(service.url).port);
  };
  const eventsIn = async <T extends object>(topic: TopicDefinition<T>) =>
    eventsOf(topic, await readAll(`${prefix}${topic.name}`));
  const createLink = async (chatId: number, settings: object = {}): Promise<string> => {
    const parameters = { chat_id: chatId, ...settings };
    const { invite_link } = await callTelegram<{ invite_link: string }>(
      sandbox.telegramApiUrl,
      'createChatInviteLink',
      parameters,
    );
    return invite_link;
  };
  const joinsOf = async (userId: number) =>
    (await eventsIn(topics.joinReceived)).filter(
      ({ event }) => event.person.telegramUserId === String(userId),
    );
  const detections = async (chatId: number) =>
    (await eventsIn(topics.channelDetected))
      .map(({ event }) => event)
      .filter((event) => event.chatId === String(chatId));
  const addChannel = (type: 'channel' | 'group' = 'channel'): number => {
    const { chatId } = sandbox.telegram.addChannel({ title: 'Balcony Gardens', type });
    sandbox.telegram.addAdmin(chatId, { botId: Number(BOT_ID), canInviteUsers: true });
    return chatId;
  };
  const isIn = async (chatId: number, userId: number): Promise<boolean> =>
    (
      await callTelegram<{ status: string }>(sandbox.telegramApiUrl, 'getChatMember', {
        chat_id: chatId,
        user_id: userId,
      })
    ).status === 'member';

  beforeAll(async () => {
    sandbox = await startSandbox({
      seed: 'channels',
      faults: { telegram: { retryScale: 0.02, redeliverShare: 0.3, delayShare: 0.3, delayMaxMs: 50 } },
    });
    for (const token of [TOKEN, OTHER_TOKEN]) {
      sandbox.telegram.addBot({ token, username: `bot_${token.slice(0, 10)}`, name: 'Garden Joins' });
    }
    address = await TcpProxy.listen(0, 'raw');
    await start();
    await produce(`${prefix}${topics.bot.name}`, [
      botRecord(1, SECRET),
      botRecord(1, SECRET, { token: OTHER_TOKEN }),
    ]);
    await eventually(() =>
      expect(sandbox.telegram.state().bots.map(({ webhookUrl }) => webhookUrl)).toEqual(
        [BOT_ID, '7111111111'].map((id) => `http://127.0.0.1:${address.port}/telegram/${id}`),
      ),
    );
  });

  afterAll(async () => {
    await service.stop();
    await sandbox.close();
    await address.close();
  });

  describe('join requests', () => {
    const setUp = (chatId: number, joinRequests: 'off' | 'approve-all' | 'approve-tracked'): Promise<void> =>
      produce(`${prefix}${topics.channel.name}`, [
        channelRecord({ chatId: String(chatId), slug: `slug-${-chatId}`, joinRequests }),
      ]);
    const askBy = (inviteLink: string): number => {
      const { userId, joined } = sandbox.telegram.join({ via: 'link', inviteLink });
      expect(joined).toBe(false);
      return userId;
    };

    it('of tracked visitors are approved, and count once they are in; others wait for the owner', async () => {
      const chatId = addChannel();
      await setUp(chatId, 'approve-tracked');
      const tracked = await createLink(chatId, { name: TRACKED_LINK_NAME, creates_join_request: true });
      const shared = await createLink(chatId, { name: 'spring', creates_join_request: true });
      // The settings are read by another way than the updates come: ask until they are there.
      const visitor = await eventually(async () => {
        const userId = askBy(tracked);
        await sandbox.telegram.drained();
        expect(await isIn(chatId, userId)).toBe(true);
        return userId;
      });
      const stranger = askBy(shared);
      await sandbox.telegram.drained();
      expect(await isIn(chatId, stranger)).toBe(false);
      expect((await joinsOf(visitor)).at(0)).toMatchObject({
        key: linkKeyOf(tracked),
        event: { route: 'invite-link', rule: {}, link: { isOwn: true, createsJoinRequest: true } },
      });
      expect(await joinsOf(stranger)).toEqual([]);
    });

    it('are approved after Telegram has throttled, and survive that the service is started anew', async () => {
      const chatId = addChannel();
      await setUp(chatId, 'approve-all');
      const link = await createLink(chatId, { creates_join_request: true });
      await eventually(async () => {
        const userId = askBy(link);
        await sandbox.telegram.drained();
        expect(await isIn(chatId, userId)).toBe(true);
      });
      sandbox.setFaults({
        telegram: {
          retryAfterSeconds: 1,
          next: [{ method: 'approveChatJoinRequest', fault: 'tooManyRequests', times: 1_000 }],
        },
      });
      const visitors = [askBy(link), askBy(link), askBy(link)];
      await eventually(() => expect(sandbox.telegram.state().bots[0]?.failedAttempts).toBeGreaterThan(3));
      await service.stop();
      await start();
      for (const userId of visitors) expect(await isIn(chatId, userId)).toBe(false);
      sandbox.setFaults({ telegram: { next: [] } });
      await sandbox.telegram.drained();
      for (const userId of visitors) {
        expect(await isIn(chatId, userId)).toBe(true);
        expect(new Set((await joinsOf(userId)).map(({ id }) => id)).size).toBe(1);
      }
    });

    it('need no second approval when the first one did it and its answer was lost', async () => {
      const chatId = addChannel();
      await setUp(chatId, 'approve-all');
      const link = await createLink(chatId, { creates_join_request: true });
      await eventually(async () => {
        sandbox.setFaults({
          telegram: { next: [{ method: 'approveChatJoinRequest', fault: 'lostAnswer', times: 1 }] },
        });
        const userId = askBy(link);
        await sandbox.telegram.drained();
        expect(await isIn(chatId, userId)).toBe(true);
      });
      sandbox.setFaults({ telegram: { next: [] } });
    });
  });

  it('a start through a click is published, and answered with a button to the channel', async () => {
    const chatId = addChannel();
    sandbox.telegram.changeChat(chatId, { username: 'gardens_example' });
    await produce(`${prefix}${topics.channel.name}`, [
      channelRecord({
        chatId: String(chatId),
        slug: `slug-${-chatId}`,
        linkMode: 'bot-start-link',
        username: 'gardens_example',
      }),
    ]);
    const userId = 7_300_000_001;
    const messages = () => sandbox.telegram.sentMessages(Number(BOT_ID));
    await eventually(async () => {
      sandbox.telegram.start({
        botId: Number(BOT_ID),
        userId,
        payload: startPayloadOf(String(chatId), CLICK),
      });
      await sandbox.telegram.drained();
      expect(messages().length).toBeGreaterThan(0);
    });
    expect(messages()[0]).toMatchObject({
      chat: { id: userId },
      text: 'Balcony Gardens',
      reply_markup: {
        inline_keyboard: [[{ text: '→ Balcony Gardens', url: 'https://t.me/gardens_example' }]],
      },
    });
    sandbox.telegram.join({ chatId, userId, via: 'direct' });
    await sandbox.telegram.drained();
    const [started] = (await eventsIn(topics.botStarted)).filter(
      ({ event }) => event.chatId === String(chatId),
    );
    const [joined] = await joinsOf(userId);
    expect(started).toMatchObject({ event: { clickId: CLICK, person: { telegramUserId: String(userId) } } });
    // They meet by key: the person in the channel.
    expect(joined).toMatchObject({
      key: started?.key,
      event: { rule: { awaitsBotStart: true }, chat: { isPublic: true }, route: 'direct' },
    });
  });

  it('a join that both report is one join, and the link counts of the bot that made it', async () => {
    const chatId = addChannel();
    sandbox.telegram.addAdmin(chatId, { botId: 7_111_111_111, canInviteUsers: true });
    const { userId } = sandbox.telegram.join({ via: 'link', inviteLink: await createLink(chatId) });
    await sandbox.telegram.drained();
    const reports = await joinsOf(userId);
    expect(new Set(reports.map(({ id }) => id)).size).toBe(1);
    const links = new Map(reports.map(({ event }) => [event.botId, event.link?.isOwn]));
    expect(links).toEqual(
      new Map([
        [BOT_ID, true],
        ['7111111111', false],
      ]),
    );
  });

  it('follow title, public name and rights, also where no update tells of them', async () => {
    const chatId = addChannel();
    await eventually(async () =>
      expect((await detections(chatId)).at(-1)).toMatchObject({ botIsAdmin: true, botCanInvite: true }),
    );
    // Nobody joins, so only the look at the channel sees it.
    sandbox.telegram.changeChat(chatId, { title: 'Roof Gardens', username: 'roofs_example' });
    await eventually(async () =>
      expect((await detections(chatId)).at(-1)).toMatchObject({
        chat: { title: 'Roof Gardens', isPublic: true },
        username: 'roofs_example',
      }),
    );
    sandbox.telegram.changeChat(chatId, { username: null });
    await eventually(async () => expect((await detections(chatId)).at(-1)?.chat.isPublic).toBe(false));
    sandbox.telegram.addAdmin(chatId, { botId: Number(BOT_ID), canInviteUsers: false });
    await eventually(async () => expect((await detections(chatId)).at(-1)?.botCanInvite).toBe(false));
    sandbox.telegram.removeAdmin(chatId, Number(BOT_ID));
    await eventually(async () => expect((await detections(chatId)).at(-1)?.botIsAdmin).toBe(false));
  });

  it('appear under their new id when a group has become a supergroup', async () => {
    const chatId = addChannel('group');
    await eventually(async () => expect(await detections(chatId)).not.toEqual([]));
    const moved = sandbox.telegram.migrate(chatId);
    await eventually(async () =>
      expect((await eventsIn(topics.chatMigrated)).map(({ event }) => event)).toContainEqual({
        botId: BOT_ID,
        fromChatId: String(chatId),
        toChatId: String(moved.chatId),
        migratedAt: expect.any(String) as string,
      }),
    );
    await eventually(async () =>
      expect((await detections(moved.chatId)).at(-1)).toMatchObject({
        chat: { type: 'supergroup' },
        botCanInvite: true,
      }),
    );
  });
});
