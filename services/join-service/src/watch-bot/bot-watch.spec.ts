import { Logger } from '@nestjs/common';
import type { BotChecked, UpdateSource } from '@clickjoin/contracts';
import { MetricsRegistry } from '@clickjoin/service-kit';
import { eventually, FakeClock } from '@clickjoin/testing';
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
import { BotWatch } from './bot-watch';

const AN_HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 7, 29, 10, 44);
const bot: Bot = {
  botId: '7409988776',
  token: '7409988776:invented',
  webhookSecret: 'first',
  secretDigests: [],
  updatesBy: undefined,
};
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
  pending = 3;
  lastError: WebhookInfo['lastError'];
  /** What happens while it is being asked. */
  beforeAnswer: () => void = () => undefined;

  getWebhookInfo(token: string): Promise<WebhookInfo> {
    this.beforeAnswer();
    return this.call(`info ${token}`, () => ({
      url: this.webhook?.url ?? '',
      pendingUpdateCount: this.pending,
      allowedUpdates: this.webhook?.allowedUpdates,
      maxConnections: this.webhook?.maxConnections,
      lastError: this.lastError,
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

describe('BotWatch', () => {
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  let telegram: FakeTelegram;
  let lookup: BotLookup;
  let watch: BotWatch;
  let ended: Promise<void>;
  let reports: Omit<BotChecked, 'checkedAt'>[];
  let source: UpdateSource;
  let hasAddress: boolean;
  let polls: boolean;
  let lastUpdateAt: number | undefined;
  const clock = new FakeClock(NOW);
  const registry = new MetricsRegistry();

  const begin = (checkMs: number): void => {
    watch = new BotWatch({
      botId: bot.botId,
      find: () => lookup,
      telegram,
      sourceOf: () => source,
      settingsFor: (each) => (hasAddress ? settingsFor(each) : undefined),
      polls: () => polls,
      lastUpdateAt: () => lastUpdateAt,
      report: (state) => {
        reports.push(state);
        return Promise.resolve();
      },
      clock,
      stopping: new AbortController().signal,
      metrics: new JoinMetrics(registry),
      checkMs,
    });
    ended = watch.run();
  };

  beforeEach(() => {
    telegram = new FakeTelegram();
    reports = [];
    source = 'webhook';
    hasAddress = true;
    polls = true;
    lastUpdateAt = undefined;
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

  it('sets nothing for a bot that was removed while it was being looked at', async () => {
    telegram.beforeAnswer = () => {
      lookup = { kind: 'unknown' };
    };
    begin(AN_HOUR_MS);
    await ended;
    expect(telegram.count('set') + telegram.count('remove')).toBe(0);
    expect(reports).toEqual([]);
  });

  it('sets the webhook of the bot as it is now, not as it was when the look began', async () => {
    const changed = { ...bot, token: '7409988776:renewed', webhookSecret: 'second' };
    telegram.beforeAnswer = () => {
      lookup = { kind: 'known', bot: changed };
    };
    begin(AN_HOUR_MS);
    await eventually(() => expect(telegram.webhook).toEqual(settingsFor(changed)));
    expect(telegram.calls.filter((call) => call.startsWith('set'))).toEqual(['set 7409988776:renewed']);
  });

  it('lets the webhook be of a bot that is added again while it is being removed', async () => {
    begin(AN_HOUR_MS);
    await eventually(() => expect(telegram.webhook).toBeDefined());
    await eventually(() => expect(reports).toHaveLength(1));
    lookup = { kind: 'unknown' };
    telegram.beforeAnswer = () => {
      lookup = { kind: 'known', bot };
    };
    watch.changed();
    await ended;
    expect(telegram.count('remove')).toBe(0);
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

  describe('what it reports', () => {
    const last = (): Omit<BotChecked, 'checkedAt'> | undefined => reports.at(-1);

    it('is that all is well', async () => {
      lastUpdateAt = NOW - 1_000;
      begin(AN_HOUR_MS);
      await eventually(() =>
        expect(last()).toEqual({
          botId: bot.botId,
          updatesBy: 'webhook',
          problems: [],
          pendingUpdates: 3,
          lastUpdateAt: '2026-08-29T10:43:59.000Z',
        }),
      );
    });

    it.each([
      {
        name: 'the token is refused',
        failure: new TelegramRefused(401, 'Unauthorized'),
        problems: ['token-refused'],
        message: 'Telegram refuses: 401 Unauthorized',
      },
      {
        name: 'Telegram does not take the address',
        failure: new TelegramRefused(400, 'bad webhook'),
        problems: ['webhook-errors'],
        message: 'Telegram refuses: 400 bad webhook',
      },
      {
        name: 'Telegram is away',
        failure: new TelegramUnavailable('no connection'),
        problems: ['telegram-unreachable'],
        message: 'no connection',
      },
    ])('is that $name', async ({ failure, problems, message }) => {
      telegram.failures = [failure];
      begin(AN_HOUR_MS);
      await eventually(() => expect(last()).toMatchObject({ problems, message }));
    });

    it('is nothing when Telegram only asks for a pause', async () => {
      telegram.failures = [new TelegramThrottled(1)];
      begin(AN_HOUR_MS);
      await eventually(() => expect(watch.problem).toContain('pause'));
      expect(reports).toEqual([]);
    });

    it("is Telegram's trouble with the address, in its own words", async () => {
      telegram.lastError = { dateSeconds: NOW / 1_000 - 60, message: 'Connection refused' };
      begin(AN_HOUR_MS);
      await eventually(() =>
        expect(last()).toMatchObject({
          problems: ['webhook-errors'],
          message: 'Connection refused',
          lastErrorAt: '2026-08-29T10:43:00.000Z',
        }),
      );
    });

    it('is that somebody else keeps taking the webhook, from the second time on', async () => {
      begin(AN_HOUR_MS);
      for (const problems of [[], ['webhook-taken']]) {
        await eventually(() => expect(telegram.webhook).toEqual(settingsFor(bot)));
        telegram.webhook = { ...settingsFor(bot), url: 'https://other.example/' };
        watch.changed();
        await eventually(() => expect(telegram.webhook).toEqual(settingsFor(bot)));
        await eventually(() => expect(last()?.problems).toEqual(problems));
      }
    });
  });

  describe('of a bot that is polled for', () => {
    beforeEach(() => {
      source = 'long-polling';
    });

    it('takes a webhook away, which would be in the way', async () => {
      telegram.webhook = settingsFor(bot);
      begin(AN_HOUR_MS);
      await eventually(() => expect(telegram.webhook).toBeUndefined());
      await eventually(() =>
        expect(reports.at(-1)).toMatchObject({ updatesBy: 'long-polling', problems: [] }),
      );
    });

    it('leaves that to the instance that polls', async () => {
      telegram.webhook = settingsFor(bot);
      polls = false;
      begin(1);
      await eventually(() => expect(telegram.count('info')).toBeGreaterThan(3));
      expect(telegram.count('remove')).toBe(0);
    });

    it('sets one when the bot is to have one again', async () => {
      begin(AN_HOUR_MS);
      await eventually(() => expect(reports).toHaveLength(1));
      source = 'webhook';
      watch.changed();
      await eventually(() => expect(telegram.webhook).toEqual(settingsFor(bot)));
    });

    it('says so when somebody else polls, again and again', async () => {
      begin(AN_HOUR_MS);
      await eventually(() => expect(reports).toHaveLength(1));
      for (const problems of [[], ['webhook-taken']]) {
        const seen = reports.length;
        watch.pollRefused();
        await eventually(() => expect(reports.length).toBeGreaterThan(seen));
        expect(reports.at(-1)?.problems).toEqual(problems);
      }
      clock.advance(16 * 60_000);
      const seen = reports.length;
      watch.changed();
      await eventually(() => expect(reports.length).toBeGreaterThan(seen));
      expect(reports.at(-1)?.problems).toEqual([]);
    });
  });

  it("touches no webhook where there is no address of ours: it may be a gateway's", async () => {
    hasAddress = false;
    telegram.webhook = { ...settingsFor(bot), url: 'https://gateway.example/' };
    begin(1);
    await eventually(() => expect(telegram.count('info')).toBeGreaterThan(3));
    expect(telegram.count('set') + telegram.count('remove')).toBe(0);
    expect(reports.at(-1)?.problems).toEqual([]);
  });
});
