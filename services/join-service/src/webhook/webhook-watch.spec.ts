import { Logger } from '@nestjs/common';
import { MetricsRegistry } from '@clickjoin/service-kit';
import { eventually } from '@clickjoin/testing';
import {
  TelegramRefused,
  TelegramThrottled,
  TelegramUnavailable,
  type WebhookInfo,
  type WebhookSettings,
} from '@clickjoin/telegram';
import type { Bot, BotLookup } from '../bots/bot-directory';
import { JoinMetrics } from '../metrics';
import { ALLOWED_UPDATES } from './webhook-drift';
import { WebhookWatch } from './webhook-watch';

const AN_HOUR_MS = 3_600_000;
const bot: Bot = { botId: '7409988776', token: '7409988776:invented', webhookSecret: 'first' };
const settingsFor = ({ botId, webhookSecret }: Bot): WebhookSettings => ({
  url: `https://joins.example/telegram/${botId}`,
  secret: webhookSecret,
  allowedUpdates: ALLOWED_UPDATES,
  maxConnections: 40,
});

/** Telegram, as far as webhooks go. */
class FakeTelegram {
  webhook: WebhookSettings | undefined;
  readonly calls: string[] = [];
  failures: Error[] = [];

  getWebhookInfo(token: string): Promise<WebhookInfo> {
    return this.call(`info ${token}`, () => ({
      url: this.webhook?.url ?? '',
      pendingUpdateCount: 3,
      allowedUpdates: this.webhook?.allowedUpdates,
      maxConnections: this.webhook?.maxConnections,
      lastError: undefined,
    }));
  }

  setWebhook(token: string, settings: WebhookSettings): Promise<void> {
    return this.call(`set ${token}`, () => {
      this.webhook = settings;
    });
  }

  deleteWebhook(token: string): Promise<void> {
    return this.call(`remove ${token}`, () => {
      this.webhook = undefined;
    });
  }

  count(method: string): number {
    return this.calls.filter((call) => call.startsWith(method)).length;
  }

  private call<T>(name: string, answer: () => T): Promise<T> {
    this.calls.push(name);
    const failure = this.failures.shift();
    return failure === undefined ? Promise.resolve(answer()) : Promise.reject(failure);
  }
}

describe('WebhookWatch', () => {
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  let telegram: FakeTelegram;
  let lookup: BotLookup;
  let watch: WebhookWatch;
  let ended: Promise<void>;
  const registry = new MetricsRegistry();

  const begin = (checkMs: number): void => {
    watch = new WebhookWatch({
      botId: bot.botId,
      find: () => lookup,
      telegram,
      settingsFor,
      metrics: new JoinMetrics(registry),
      checkMs,
    });
    ended = watch.run();
  };

  beforeEach(() => {
    telegram = new FakeTelegram();
    lookup = { kind: 'known', bot };
  });

  afterEach(async () => {
    watch.stop();
    await ended;
  });

  it('sets the webhook at start, also where it looks as it should: Telegram does not tell the secret', async () => {
    telegram.webhook = { ...settingsFor(bot), secret: 'of another run' };
    begin(AN_HOUR_MS);
    await eventually(() => expect(telegram.webhook).toEqual(settingsFor(bot)));
  });

  it('leaves it alone from then on', async () => {
    begin(1);
    await eventually(() => expect(telegram.count('info')).toBeGreaterThan(5));
    expect(telegram.count('set')).toBe(1);
    await expect(registry.scrape()).resolves.toMatch(/webhook_pending_updates\{bot="7409988776",[^}]*\} 3/);
  });

  it('sets it again when somebody has changed it', async () => {
    begin(1);
    await eventually(() => expect(telegram.webhook).toBeDefined());
    telegram.webhook = { ...settingsFor(bot), allowedUpdates: ['message'] };
    await eventually(() => expect(telegram.webhook).toEqual(settingsFor(bot)));
    telegram.webhook = undefined;
    await eventually(() => expect(telegram.webhook).toEqual(settingsFor(bot)));
  });

  it('follows a new secret and a new token at once, without waiting for the next check', async () => {
    begin(AN_HOUR_MS);
    await eventually(() => expect(telegram.webhook?.secret).toBe('first'));
    lookup = { kind: 'known', bot: { ...bot, token: '7409988776:renewed', webhookSecret: 'second' } };
    watch.changed();
    await eventually(() => expect(telegram.webhook?.secret).toBe('second'));
    expect(telegram.calls.at(-1)).toBe('set 7409988776:renewed');
  });

  it.each([
    { name: 'Telegram is away', failure: new TelegramUnavailable('no connection') },
    { name: 'Telegram refuses', failure: new TelegramRefused(400, 'bad webhook') },
    { name: 'Telegram throttles', failure: new TelegramThrottled(1) },
  ])('tries again when $name, and says what is wrong meanwhile', async ({ failure }) => {
    telegram.failures = [failure];
    begin(AN_HOUR_MS);
    await eventually(() => expect(watch.problem).toBe(failure.message));
    watch.changed();
    await eventually(() => expect(telegram.webhook).toEqual(settingsFor(bot)));
    await eventually(() => expect(watch.problem).toBeUndefined());
  });

  it('does not trust its memory when the answer of setWebhook was lost, and the old secret comes back', async () => {
    begin(AN_HOUR_MS);
    await eventually(() => expect(telegram.webhook?.secret).toBe('first'));
    const set = telegram.setWebhook.bind(telegram);
    telegram.setWebhook = async (token, settings) => {
      await set(token, settings);
      throw new TelegramUnavailable('no answer');
    };
    lookup = { kind: 'known', bot: { ...bot, webhookSecret: 'second' } };
    watch.changed();
    await eventually(() => expect(watch.problem).toBe('no answer'));
    expect(telegram.webhook?.secret).toBe('second');

    telegram.setWebhook = set;
    lookup = { kind: 'known', bot };
    watch.changed();
    await eventually(() => expect(telegram.webhook?.secret).toBe('first'));
  });

  it('takes the webhook away when the bot is removed, with the token it had', async () => {
    begin(AN_HOUR_MS);
    await eventually(() => expect(telegram.webhook).toBeDefined());
    lookup = { kind: 'unknown' };
    telegram.failures = [new TelegramThrottled(1)];
    watch.changed();
    await eventually(() => expect(telegram.webhook).toBeUndefined(), { timeoutMs: 4_000 });
    await ended;
  });

  it("leaves somebody else's webhook alone when the bot is removed", async () => {
    begin(AN_HOUR_MS);
    await eventually(() => expect(telegram.webhook).toBeDefined());
    telegram.webhook = { ...settingsFor(bot), url: 'https://other.example/' };
    lookup = { kind: 'unknown' };
    watch.changed();
    await ended;
    expect(telegram.webhook.url).toBe('https://other.example/');
  });

  it('calls nobody for a bot whose secrets do not open, and recovers with the next version', async () => {
    lookup = { kind: 'sealed' };
    begin(AN_HOUR_MS);
    await eventually(() => expect(watch.problem).toContain('SECRET_KEYS'));
    expect(telegram.calls).toEqual([]);
    lookup = { kind: 'known', bot };
    watch.changed();
    await eventually(() => expect(telegram.webhook).toEqual(settingsFor(bot)));
  });
});
