import { connect } from 'node:net';
import { linkKeyOf, type TopicDefinition, topics } from '@clickjoin/contracts';
import type { RunningService } from '@clickjoin/service-kit';
import { type Sandbox, startSandbox } from '@clickjoin/sandbox';
import { eventually, produce, readAll, TcpProxy, testInfra, uniquePrefix } from '@clickjoin/testing';
import type { JoinServiceConfig } from './config';
import {
  BOT_ID,
  botRecord,
  callTelegram,
  deliver,
  eventsOf,
  startJoinService,
  TOKEN,
} from './join-service.fixture';
import { memberChange, message } from './translate/updates.fixture';

const SECRET = 'Zq3_vT-garden-secret';
const prefix = uniquePrefix('join');
const settings = `${prefix}${topics.bot.name}`;

interface Link {
  readonly invite_link: string;
}
interface WebhookInfo {
  readonly url: string;
  readonly allowed_updates?: readonly string[];
  readonly max_connections?: number;
}

describe('join-service', () => {
  let sandbox: Sandbox;
  let publicAddress: TcpProxy;
  let service: RunningService<JoinServiceConfig>;
  const chatId = -1_002_055_667_788;

  const telegram = <T>(method: string, parameters: object = {}): Promise<T> =>
    callTelegram<T>(sandbox.telegramApiUrl, method, parameters);

  const webhook = (): Promise<WebhookInfo> => telegram<WebhookInfo>('getWebhookInfo');
  const webhookUrl = (): string => `http://127.0.0.1:${publicAddress.port}/telegram/${BOT_ID}`;

  const eventsIn = async <T extends object>(topic: TopicDefinition<T>) =>
    eventsOf(topic, await readAll(`${prefix}${topic.name}`));

  beforeAll(async () => {
    sandbox = await startSandbox({ seed: 'join-service', faults: { telegram: { retryScale: 0.01 } } });
    sandbox.telegram.addBot({ token: TOKEN, username: 'garden_joins_example_bot', name: 'Garden Joins' });
    sandbox.telegram.addChannel({ chatId, title: 'Balcony Gardens', type: 'channel' });
    publicAddress = await TcpProxy.listen(0, 'raw');
    service = await startJoinService({
      KAFKA_BROKERS: testInfra().brokers,
      TOPIC_PREFIX: prefix,
      TELEGRAM_API_URL: sandbox.telegramApiUrl,
      PUBLIC_WEBHOOK_URL: `http://127.0.0.1:${publicAddress.port}/`,
      WEBHOOK_CHECK_MS: '200',
    });
    publicAddress.targetPort = Number(new URL(service.url).port);
  });

  afterAll(async () => {
    await service.stop();
    await sandbox.close();
    await publicAddress.close();
  });

  it('is ready before any bot is set up, and knows none', async () => {
    const ready = await fetch(`${service.url}/health/ready`);
    expect(ready.status).toBe(200);
    const response = await deliver(service.url, JSON.stringify(memberChange()), { secret: SECRET });
    expect(response.status).toBe(404);
  });

  it('registers the webhook of a new bot, with secret, updates and connections', async () => {
    await produce(settings, [botRecord(1, SECRET)]);
    await eventually(async () =>
      expect(await webhook()).toMatchObject({
        url: webhookUrl(),
        allowed_updates: ['message', 'my_chat_member', 'chat_member', 'chat_join_request'],
        max_connections: 40,
      }),
    );
  });

  it('publishes what Telegram delivers: the channel, a join by our link, one without link, and a leave', async () => {
    sandbox.telegram.addAdmin(chatId, { botId: Number(BOT_ID), canInviteUsers: true });
    // A join that overtakes this makes the service ask Telegram about the channel, and publish what it says.
    await sandbox.telegram.drained();
    const { invite_link: link } = await telegram<Link>('createChatInviteLink', { chat_id: chatId });
    const joined = sandbox.telegram.join({ via: 'link', inviteLink: link });
    const added = sandbox.telegram.join({ chatId, via: 'added-by-admin' });
    sandbox.telegram.leave({ chatId, userId: joined.userId });
    await sandbox.telegram.drained();

    expect(await eventsIn(topics.channelDetected)).toMatchObject([
      { key: `${chatId}:${BOT_ID}`, event: { botId: BOT_ID, botIsAdmin: true, botCanInvite: true } },
    ]);
    const joins = await eventsIn(topics.joinReceived);
    expect(joins).toHaveLength(2);
    expect(joins).toContainEqual({
      key: linkKeyOf(link),
      id: joins.find(({ key }) => key === linkKeyOf(link))?.event.joinId,
      event: {
        joinId: expect.any(String) as string,
        botId: BOT_ID,
        chatId: String(chatId),
        chat: { type: 'channel', title: 'Balcony Gardens', isPublic: false },
        joinedAt: new Date(joined.date * 1_000).toISOString(),
        route: 'invite-link',
        link: { isOwn: true, key: linkKeyOf(link), createsJoinRequest: false },
        person: { telegramUserId: String(joined.userId) },
      },
    });
    expect(joins.map(({ key, event }) => ({ key, route: event.route }))).toContainEqual({
      key: `${chatId}:${added.userId}`,
      route: 'added-by-admin',
    });
    expect(await eventsIn(topics.memberLeft)).toMatchObject([
      { key: `${chatId}:${joined.userId}`, event: { kind: 'left' } },
    ]);
  });

  it('gives a redelivered update the same id and the same bytes', async () => {
    const update = JSON.stringify(memberChange({ date: 1_788_000_777 }));
    for (let time = 1; time <= 2; time += 1) {
      expect((await deliver(service.url, update, { secret: SECRET })).status).toBe(200);
    }
    const twice = (await readAll(`${prefix}${topics.joinReceived.name}`)).filter(({ value }) =>
      value?.toString().includes('2026-08-29T10:52:57.000Z'),
    );
    expect(twice).toHaveLength(2);
    expect(twice[1]?.value).toEqual(twice[0]?.value);
    expect(twice[1]?.headers).toEqual(twice[0]?.headers);
  });

  it('answers with nothing at all, since Telegram would run a body as a call', async () => {
    for (const body of [memberChange(), message('/start')]) {
      const response = await deliver(service.url, JSON.stringify(body), { secret: SECRET });
      expect({ status: response.status, length: response.headers.get('content-length') }).toEqual({
        status: 200,
        length: '0',
      });
      expect(await response.text()).toBe('');
    }
  });

  it.each([
    { name: 'no JSON', body: '{"update_id":7,', reason: 'not JSON' },
    { name: 'a broken field', body: JSON.stringify(memberChange({ date: 'soon' })), reason: 'date must be' },
    { name: 'no body at all', body: '', reason: 'not JSON' },
  ])('acknowledges what it does not understand and keeps it as it came: $name', async ({ body, reason }) => {
    const before = (await eventsIn(topics.updateRejected)).length;
    expect((await deliver(service.url, body, { secret: SECRET })).status).toBe(200);
    const rejected = await eventsIn(topics.updateRejected);
    expect(rejected).toHaveLength(before + 1);
    expect(rejected).toContainEqual({
      key: BOT_ID,
      id: expect.any(String) as string,
      event: {
        botId: BOT_ID,
        receivedAt: expect.any(String) as string,
        reason: expect.stringContaining(reason) as string,
        body: Buffer.from(body).toString('base64'),
      },
    });
  });

  it.each([
    { name: 'a wrong secret', secret: 'wrong' },
    { name: 'no secret', secret: undefined },
  ])('answers 401 to $name before a byte of the body has come', async ({ secret }) => {
    const answer = await answerWithoutBody(service.url, [
      `POST /telegram/${BOT_ID} HTTP/1.1`,
      'Host: joins.example',
      'Content-Type: application/json',
      'Content-Length: 100000',
      ...(secret === undefined ? [] : [`X-Telegram-Bot-Api-Secret-Token: ${secret}`]),
    ]);
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });

  it.each([
    { name: 'a bot that it does not know', botId: '7111111111', secret: SECRET, body: '{}', status: 404 },
    {
      name: 'more than Telegram sends',
      botId: BOT_ID,
      secret: SECRET,
      body: ' '.repeat(1_048_577),
      status: 413,
    },
    {
      name: 'that, from a stranger',
      botId: BOT_ID,
      secret: 'wrong',
      body: ' '.repeat(1_048_577),
      status: 401,
    },
  ])('refuses $name with $status', async ({ botId, secret, body, status }) => {
    expect((await deliver(service.url, body, { botId, secret })).status).toBe(status);
  });

  it('takes a body as large as allowed, and keeps what fits Kafka of it', async () => {
    expect((await deliver(service.url, '['.repeat(1_048_576), { secret: SECRET })).status).toBe(200);
    const reasons = (await eventsIn(topics.updateRejected)).map(({ event }) => event.reason);
    expect(reasons).toContainEqual(expect.stringContaining('of 1048576 bytes are kept'));
  });

  it('repairs a webhook that somebody has changed', async () => {
    await eventually(() => telegram('setWebhook', { url: 'https://other.example/', allowed_updates: [] }));
    await eventually(async () =>
      expect(await webhook()).toMatchObject({
        url: webhookUrl(),
        allowed_updates: ['message', 'my_chat_member', 'chat_member', 'chat_join_request'],
      }),
    );
    // The secret too: what is delivered from now on is taken.
    const { userId } = sandbox.telegram.join({ chatId, via: 'added-by-admin' });
    await sandbox.telegram.drained();
    const members = (await eventsIn(topics.joinReceived)).map(({ event }) => event.person.telegramUserId);
    expect(members).toContain(String(userId));
  });

  it('exchanges the secret without a gap: the old one is taken as long as it is named', async () => {
    const statusFor = async (secret: string): Promise<number> =>
      (await deliver(service.url, '{"update_id":1}', { secret })).status;
    await produce(settings, [botRecord(2, 'another-secret', { previousSecret: SECRET })]);
    await eventually(async () => expect(await statusFor('another-secret')).toBe(200));
    expect(await statusFor(SECRET)).toBe(200);
    expect(await statusFor('a-third-one')).toBe(401);
    const { userId } = sandbox.telegram.join({ chatId, via: 'added-by-admin' });
    await sandbox.telegram.drained();
    const members = (await eventsIn(topics.joinReceived)).map(({ event }) => event.person.telegramUserId);
    expect(members).toContain(String(userId));
    // Telegram was told the new one, so the old one may go.
    await produce(settings, [botRecord(3, 'another-secret')]);
    await eventually(async () => expect(await statusFor(SECRET)).toBe(401));
    const later = sandbox.telegram.join({ chatId, via: 'added-by-admin' });
    await sandbox.telegram.drained();
    const all = (await eventsIn(topics.joinReceived)).map(({ event }) => event.person.telegramUserId);
    expect(all).toContain(String(later.userId));
  });

  it('takes a list that a gateway forwards, and all of it', async () => {
    const list = [1, 2, 3].map((second) => memberChange({ date: 1_788_100_000 + second }));
    const response = await deliver(service.url, JSON.stringify([...list, 'nonsense']), {
      secret: 'another-secret',
    });
    expect(response.status).toBe(200);
    const joins = (await eventsIn(topics.joinReceived)).map(({ event }) => event.joinedAt);
    expect(joins).toEqual(
      expect.arrayContaining(
        [1, 2, 3].map((second) => new Date((1_788_100_000 + second) * 1_000).toISOString()),
      ) as unknown,
    );
    const kept = (await eventsIn(topics.updateRejected)).map(({ event }) => event.body);
    expect(kept).toContain(Buffer.from('"nonsense"').toString('base64'));
  });

  it('says that all is well with the bot, and when something is not', async () => {
    const reports = async () => (await eventsIn(topics.botChecked)).map(({ event }) => event);
    await eventually(async () =>
      expect((await reports()).at(-1)).toMatchObject({
        botId: BOT_ID,
        updatesBy: 'webhook',
        problems: [],
        lastUpdateAt: expect.any(String) as string,
      }),
    );
    publicAddress.refuse();
    publicAddress.cut();
    sandbox.telegram.join({ chatId, via: 'added-by-admin' });
    await eventually(async () =>
      expect((await reports()).at(-1)).toMatchObject({
        problems: ['webhook-errors'],
        message: expect.stringMatching(/Connection/) as string,
      }),
    );
    publicAddress.accept();
    await sandbox.telegram.drained();
    await eventually(async () => expect((await reports()).at(-1)?.problems).toEqual([]));
  });

  it('takes the webhook of a removed bot away, and its updates no more', async () => {
    await produce(settings, [{ key: BOT_ID, value: null }]);
    await eventually(async () => expect((await webhook()).url).toBe(''));
    expect((await deliver(service.url, '{"update_id":1}', { secret: 'another-secret' })).status).toBe(404);
  });
});

/** What the server says to a request of which only the head was sent. */
function answerWithoutBody(url: string, head: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
  });
}
