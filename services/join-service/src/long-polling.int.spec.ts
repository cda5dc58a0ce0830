import { type TopicDefinition, topics } from '@clickjoin/contracts';
import type { RunningService } from '@clickjoin/service-kit';
import { type Sandbox, startSandbox } from '@clickjoin/sandbox';
import { eventually, produce, readAll, testInfra, uniquePrefix } from '@clickjoin/testing';
import type { JoinServiceConfig } from './config';
import { BOT_ID, botRecord, callTelegram, eventsOf, startJoinService, TOKEN } from './join-service.fixture';

const SECRET = 'Zq3_vT-garden-secret';

describe('join-service without a public address', () => {
  const prefix = uniquePrefix('join-polling');
  const settings = `${prefix}${topics.bot.name}`;
  let sandbox: Sandbox;
  let chatId: number;
  const services: RunningService<JoinServiceConfig>[] = [];
  const start = async (): Promise<RunningService<JoinServiceConfig>> => {
    const service = await startJoinService({
      KAFKA_BROKERS: testInfra().brokers,
      TOPIC_PREFIX: prefix,
      TELEGRAM_API_URL: sandbox.telegramApiUrl,
      WEBHOOK_CHECK_MS: '300',
      POLL_WAIT_SECONDS: '2',
    });
    services.push(service);
    return service;
  };
  const stop = async (service: RunningService<JoinServiceConfig>): Promise<void> => {
    await service.stop();
    services.splice(services.indexOf(service), 1);
  };
  const eventsIn = async <T extends object>(topic: TopicDefinition<T>) =>
    eventsOf(topic, await readAll(`${prefix}${topic.name}`));
  const joined = async (): Promise<string[]> =>
    (await eventsIn(topics.joinReceived)).map(({ event }) => event.person.telegramUserId);
  const join = (): string => String(sandbox.telegram.join({ chatId, via: 'added-by-admin' }).userId);
  const webhookUrl = async (): Promise<string> =>
    (await callTelegram<{ url: string }>(sandbox.telegramApiUrl, 'getWebhookInfo')).url;
  const polls = async (service: RunningService<JoinServiceConfig>): Promise<number> => {
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    const counts = [...metrics.matchAll(/^clickjoin_join_polls_total\{[^}]*\} (\d+)$/gm)];
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  };

  beforeAll(async () => {
    sandbox = await startSandbox({ seed: 'polling' });
    sandbox.telegram.addBot({ token: TOKEN, username: 'garden_joins_example_bot', name: 'Garden Joins' });
    ({ chatId } = sandbox.telegram.addChannel({ title: 'Balcony Gardens', type: 'channel' }));
    await callTelegram(sandbox.telegramApiUrl, 'setWebhook', {
      url: 'http://127.0.0.1:9/',
      allowed_updates: ['chat_member'],
    });
    sandbox.telegram.addAdmin(chatId, { botId: Number(BOT_ID), canInviteUsers: true });
  });

  afterAll(async () => {
    for (const service of [...services]) await stop(service);
    await sandbox.close();
  });

  it('takes the webhook away that was set, and polls for what has waited behind it', async () => {
    const waited = join();
    await start();
    await produce(settings, [botRecord(1, SECRET)]);
    await eventually(async () => expect(await joined()).toEqual([waited]), { timeoutMs: 20_000 });
    expect(await webhookUrl()).toBe('');
    const next = join();
    await eventually(async () => expect(await joined()).toEqual([waited, next]));
    await sandbox.telegram.drained();
    await eventually(async () =>
      expect((await eventsIn(topics.botChecked)).at(-1)?.event).toMatchObject({
        updatesBy: 'long-polling',
        problems: [],
      }),
    );
  });

  it('is polled for by one of two instances, and by the other when that one ends', async () => {
    const [first] = services;
    if (first === undefined) throw new Error('the first instance runs');
    const second = await start();
    // Which of the two it is, is Kafka's choice: the other's polls stand still.
    const isPolling = async (service: RunningService<JoinServiceConfig>): Promise<boolean> => {
      const before = await polls(service);
      const seen = join();
      await eventually(async () => expect(await joined()).toContain(seen), { timeoutMs: 20_000 });
      return (await polls(service)) > before;
    };
    const poller = await eventually(
      async () => {
        const both = [await isPolling(first), await isPolling(second)];
        expect(both.filter(Boolean)).toHaveLength(1);
        return both[0] === true ? first : second;
      },
      { timeoutMs: 40_000 },
    );
    await stop(poller);
    const afterwards = join();
    await eventually(async () => expect(await joined()).toContain(afterwards), { timeoutMs: 20_000 });
    await sandbox.telegram.drained();
    // What one of them has confirmed, the other does not get again.
    expect((await joined()).filter((userId) => userId === afterwards)).toHaveLength(1);
  });

  it('follows numbers that start anew', async () => {
    sandbox.telegram.jumpUpdateIds(Number(BOT_ID), 2_000_001);
    const userId = join();
    await eventually(async () => expect(await joined()).toContain(userId));
    await sandbox.telegram.drained();
  });

  it('says so when another program keeps the webhook for itself', async () => {
    for (let time = 1; time <= 2; time += 1) {
      await eventually(() =>
        callTelegram(sandbox.telegramApiUrl, 'setWebhook', { url: 'http://127.0.0.1:9/' }),
      );
      await eventually(async () => expect(await webhookUrl()).toBe(''));
    }
    await eventually(async () =>
      expect((await eventsIn(topics.botChecked)).at(-1)?.event.problems).toEqual(['webhook-taken']),
    );
    const userId = join();
    await eventually(async () => expect(await joined()).toContain(userId));
  });
});
