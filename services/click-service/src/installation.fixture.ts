import { createHash, randomBytes, randomUUID } from 'node:crypto';
import {
  decode,
  encode,
  linkKeyOf,
  parseSecretKeys,
  sealSecret,
  secretRecords,
  topics,
  type BotConfigured,
  type ChannelConfigured,
  type ClickCaptured,
  type SiteConfigured,
  type TopicDefinition,
} from '@clickjoin/contracts';
import { loadConfig, startService, type RunningService } from '@clickjoin/service-kit';
import { Client } from 'pg';
import { ClickServiceConfig } from './config';
import { definition } from './definition';
import type { ChannelStockView } from './link-stock/stock.controller';

export type Service = RunningService<ClickServiceConfig>;

export const INTERNAL_API_TOKEN = 'internal-token-of-nobody-in-particular-0001';
export const SECRET_KEYS = `test:${randomBytes(32).toString('base64')}`;
export const SITE_ID = randomUUID();
export const ORIGIN = 'https://shop.example';
export const SITE_KEY = `site-key-${randomBytes(16).toString('hex')}`;
export const PHONE =
  'Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36';

interface Bytes {
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Record<string, string>;
}

/** What a spec has at hand; handed in, since only specs may use the testing library. */
export interface Surroundings {
  readonly brokers: string;
  /** As the service sees it, perhaps through a proxy that can be cut. */
  readonly databaseUrl: string;
  readonly prefix: string;
  readonly telegramApiUrl: string;
  readonly telegram: {
    addBot(bot: { token: string; username: string; name: string }): unknown;
    addChannel(channel: { title: string; type: 'channel' }): { chatId: number };
    addAdmin(chatId: number, admin: { botId: number; canInviteUsers: boolean }): unknown;
  };
  readonly produce: (topic: string, messages: readonly Bytes[], brokers: string) => Promise<void>;
  readonly readAll: (
    topic: string,
    brokers: string,
  ) => Promise<
    readonly {
      readonly key: Buffer | null;
      readonly value: Buffer | null;
      readonly headers: Readonly<Record<string, unknown>>;
    }[]
  >;
  /** Lines of several installations together; each has its own without it. */
  readonly logs?: string[];
}

let bots = 0;
let visitors = 0;
/** Somebody new each time, behind the trusted proxy. */
export const newIp = (): string =>
  `198.${18 + ((visitors >> 16) & 1)}.${(visitors >> 8) & 255}.${++visitors & 255}`;

/** One installation: its topics, database, Telegram, and as many instances as a test wants. */
export class Installation {
  readonly databasePrefix = `t_${randomBytes(5).toString('hex')}`;
  readonly logs: string[];
  private readonly services: Service[] = [];

  constructor(readonly around: Surroundings) {
    this.logs = around.logs ?? [];
  }

  env(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {
      PORT: '0',
      KAFKA_BROKERS: this.around.brokers,
      TOPIC_PREFIX: this.around.prefix,
      TOPIC_PARTITIONS: '3',
      DATABASE_URL: this.around.databaseUrl,
      DATABASE_PREFIX: this.databasePrefix,
      SECRET_KEYS,
      INTERNAL_API_TOKEN,
      TELEGRAM_API_URL: this.around.telegramApiUrl,
      TRUSTED_PROXIES: '127.0.0.1',
      MINT_PER_SECOND: '10000',
      // However slow the machine: a click that went through the spool is in the log only some time after its answer.
      PUBLISH_DEADLINE_MS: '30000',
      ...more,
    };
  }

  async start(env: Readonly<Record<string, string>> = {}): Promise<Service> {
    const config = loadConfig(ClickServiceConfig, this.env(env));
    const service = await startService(definition, config, { write: (line) => this.logs.push(line) });
    this.services.push(service);
    return service;
  }

  /** A site whose pages and servers may call. Needs the topics, so start a service first. */
  async setUpSite(facts: Partial<SiteConfigured> = {}): Promise<void> {
    await this.publish(topics.site, {
      version: 1,
      configuredAt: '2026-01-01T00:00:00.000Z',
      siteId: SITE_ID,
      name: 'Shop',
      allowedOrigins: [ORIGIN],
      apiKeyHash: createHash('sha256').update(SITE_KEY).digest('hex'),
      ...facts,
    });
  }

  /** A bot and a channel at Telegram and in the settings. Needs the topics, so start a service first. */
  async setUpChannel(slug: string, facts: Partial<ChannelConfigured> = {}, canInviteUsers = true) {
    const botId = 7_100_000_000 + ++bots;
    const token = `${botId}:${randomBytes(26).toString('base64url')}`;
    const { telegram } = this.around;
    telegram.addBot({ token, username: `bot_${botId}`, name: 'Bot' });
    const { chatId } = telegram.addChannel({ title: `Channel ${slug}`, type: 'channel' });
    telegram.addAdmin(chatId, { botId, canInviteUsers });
    const keyring = parseSecretKeys(SECRET_KEYS);
    const versioned = { version: 1, configuredAt: '2026-01-01T00:00:00.000Z' };
    const bot: BotConfigured = {
      ...versioned,
      botId: String(botId),
      username: `bot_${botId}`,
      name: 'Bot',
      token: sealSecret(keyring, secretRecords.botToken(String(botId)), token),
      webhookSecret: sealSecret(keyring, secretRecords.botWebhookSecret(String(botId)), 'secret'),
    };
    const channel: ChannelConfigured = {
      ...versioned,
      chatId: String(chatId),
      siteId: SITE_ID,
      botId: String(botId),
      slug,
      chat: { type: 'channel', title: `Channel ${slug}`, isPublic: false },
      eventType: 'CompleteRegistration',
      ...facts,
    };
    await this.publish(topics.bot, bot);
    await this.publish(topics.channel, channel);
    return { channel, token };
  }

  async publish<T extends object>(topic: TopicDefinition<T>, event: T): Promise<void> {
    const { key, value, headers } = encode(topic, event, { source: 'test' });
    const { prefix, brokers, produce } = this.around;
    await produce(`${prefix}${topic.name}`, [{ key, value, headers: { ...headers } }], brokers);
  }

  /** Every click in the topic, checked against the contract. */
  async clicks(): Promise<ClickCaptured[]> {
    const { prefix, brokers, readAll } = this.around;
    const records = await readAll(`${prefix}${topics.clickCaptured.name}`, brokers);
    return records.map(({ key, value, headers }) => {
      const decoded = decode(topics.clickCaptured, value);
      if (!decoded.ok) throw new Error(decoded.reason);
      const { clickId, linkKey = clickId } = decoded.event;
      if (key?.toString() !== linkKey) throw new Error(`the key ${String(key)} should be ${linkKey}`);
      const [id, trace] = [String(headers['ce_id']), String(headers['traceparent'])];
      if (id !== clickId) throw new Error(`the id ${id} should be ${clickId}`);
      if (!/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/.test(trace)) throw new Error(`${trace} is no trace`);
      return decoded.event;
    });
  }

  /** Links as if Telegram had made them, for tests that need more than its stand-in makes in a moment. */
  async stockUp({ chatId, botId }: ChannelConfigured, count: number): Promise<void> {
    const codes = Array.from({ length: count }, () => randomBytes(12).toString('base64url'));
    await this.query(
      `INSERT INTO invite_link (link_key, chat_id, bot_id, url, minted_at, expires_at)
       SELECT key, $1, $2, url, now(), now() + interval '30 days'
         FROM unnest($3::text[], $4::text[]) AS made (key, url)`,
      [
        chatId,
        botId,
        codes.map((code) => linkKeyOf(`https://t.me/+${code}`)),
        codes.map((code) => `https://t.me/+${code}`),
      ],
    );
  }

  /** In the service's database, directly. */
  async query<T extends object>(
    sql: string,
    values: unknown[] = [],
    serverUrl = this.around.databaseUrl,
  ): Promise<T[]> {
    const url = new URL(serverUrl);
    url.pathname = `/${this.databasePrefix}_click_service`;
    const client = new Client({ connectionString: url.toString() });
    await client.connect();
    try {
      return (await client.query<T>(sql, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** @param databaseUrl past any proxy */
  async close(databaseUrl = this.around.databaseUrl): Promise<void> {
    await Promise.all(this.services.map((service) => service.stop()));
    const server = new Client({ connectionString: databaseUrl });
    await server.connect();
    await server.query(`DROP DATABASE IF EXISTS ${this.databasePrefix}_click_service WITH (FORCE)`);
    await server.end();
  }
}

export interface Answer<B = unknown> {
  readonly status: number;
  readonly location: string | null;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined for what is no JSON. */
  readonly body: B;
}

type Has = Pick<Service, 'url'>;

/** A request with the address of somebody new, unless it says whose. */
export async function ask<B = unknown>(
  { url }: Has,
  path: string,
  {
    headers = {},
    ...init
  }: Omit<RequestInit, 'headers'> & { headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer<B>> {
  const response = await fetch(`${url}${path}`, {
    redirect: 'manual',
    headers: { 'user-agent': PHONE, 'x-forwarded-for': newIp(), ...headers },
    ...init,
  });
  const text = await response.text();
  return {
    status: response.status,
    location: response.headers.get('location'),
    headers: response.headers,
    text,
    body: (/json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined) as B,
  };
}

/** `POST` of JSON by one of the site's servers, unless the headers say otherwise. */
export const post = <B = unknown>(
  service: Has,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = { authorization: `Bearer ${SITE_KEY}` },
): Promise<Answer<B>> =>
  ask<B>(service, path, {
    method: 'POST',
    body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });

export async function stockOf(service: Has, slug: string): Promise<ChannelStockView> {
  const headers = { authorization: `Bearer ${INTERNAL_API_TOKEN}` };
  const { body } = await ask<{ channels: ChannelStockView[] }>(service, '/v1/stock', { headers });
  const found = body.channels.find((channel) => channel.slug === slug);
  if (found === undefined) throw new Error(`no stock of ${slug} yet`);
  return found;
}

/** The value of a metric; 0 when it was never counted. */
export async function metricOf(service: Has, name: string, label = ''): Promise<number> {
  const { text } = await ask(service, '/metrics');
  const line = text.split('\n').find((each) => each.startsWith(`${name}{`) && each.includes(label));
  return Number(line?.split(' ').at(-1) ?? 0);
}
