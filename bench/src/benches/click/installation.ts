import { createHash, randomBytes } from 'node:crypto';
import {
  encode,
  parseSecretKeys,
  sealSecret,
  secretRecords,
  topics,
  type TopicDefinition,
} from '@clickjoin/contracts';
import {
  startKafka,
  startPostgres,
  temporaryFolder,
  type RunningKafka,
  type RunningPostgres,
} from '@clickjoin/dev-stack';
import { KafkaClient, Publisher, TopicProvisioner } from '@clickjoin/kafka';
import { startSandbox, type Sandbox } from '@clickjoin/sandbox';
import { Kafka, logLevel } from 'kafkajs';
import { Client } from 'pg';
import { SITE_KEY, SLUG } from './requests';

const PARTITIONS = 12;
const BOT_ID = 7_100_000_001;
const CHAT_ID = -1_001_234_567_890;
const BOT_TOKEN = `${BOT_ID}:bench-token-of-nobody-0123456789abcdef`;
const SITE_ID = '01890000-0000-7000-8000-000000000001';
const INTERNAL_API_TOKEN = 'bench-internal-token-of-nobody-0001';
const DATABASE = 'bench_click_service';

/** Kafka, PostgreSQL and Telegram's stand-in, and one channel in the settings. */
export class BenchInstallation {
  private readonly secretKeys = `bench:${randomBytes(32).toString('base64')}`;
  private readonly client: KafkaClient;
  private readonly publisher: Publisher;
  private readonly kafkajs: Kafka;

  private constructor(
    private readonly kafka: RunningKafka,
    private readonly postgres: RunningPostgres,
    private readonly sandbox: Sandbox,
    private readonly removeData: () => Promise<void>,
  ) {
    this.client = new KafkaClient({ clientId: 'bench', brokers: [kafka.brokers] });
    this.publisher = new Publisher(this.client, { deadlineMs: 60_000 });
    this.kafkajs = new Kafka({ clientId: 'bench', brokers: [kafka.brokers], logLevel: logLevel.NOTHING });
  }

  static async start(): Promise<BenchInstallation> {
    const folder = await temporaryFolder('bench-click');
    const kafka = await startKafka({ dataDir: `${folder.path}/kafka`, heapMb: 512 });
    const postgres = await startPostgres({ dataDir: `${folder.path}/postgres`, durable: true });
    const sandbox = await startSandbox();
    sandbox.telegram.addBot({ token: BOT_TOKEN, username: 'bench_bot', name: 'Bench' });
    sandbox.telegram.addChannel({ title: 'Bench', type: 'channel', chatId: CHAT_ID });
    sandbox.telegram.addAdmin(CHAT_ID, { botId: BOT_ID, canInviteUsers: true });
    const installation = new BenchInstallation(kafka, postgres, sandbox, () => folder.remove());
    await installation.setUp();
    return installation;
  }

  get brokers(): string {
    return this.kafka.brokers;
  }

  serviceEnv(): Record<string, string> {
    return {
      KAFKA_BROKERS: this.kafka.brokers,
      DATABASE_URL: this.postgres.url,
      DATABASE_PREFIX: 'bench',
      SECRET_KEYS: this.secretKeys,
      INTERNAL_API_TOKEN,
      TELEGRAM_API_URL: this.sandbox.telegramApiUrl,
      TRUSTED_PROXIES: '127.0.0.1',
      // All load is one site's, and more than one instance should take of a site.
      SITE_CLICKS_PER_SECOND: '0',
    };
  }

  async newTopic(name: string): Promise<string> {
    const topic = `${name}-${randomBytes(4).toString('hex')}`;
    await new TopicProvisioner(this.client).ensure([
      { name: topic, partitions: PARTITIONS, retention: { kind: 'time', days: 1 } },
    ]);
    return topic;
  }

  /** The next offset of each partition. */
  async endOf(topic: string): Promise<ReadonlyMap<number, number>> {
    const admin = this.kafkajs.admin();
    await admin.connect();
    try {
      const offsets = await admin.fetchTopicOffsets(topic);
      return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
    } finally {
      await admin.disconnect();
    }
  }

  /** Records in the topic, by its offsets. */
  async recordsIn(topic: string): Promise<number> {
    return [...(await this.endOf(topic)).values()].reduce((sum, offset) => sum + offset, 0);
  }

  /** How many different keys so many records have, from these offsets on. Keeps the keys and nothing else in memory. */
  async keysSince(topic: string, from: ReadonlyMap<number, number>, records: number): Promise<number> {
    const consumer = this.kafkajs.consumer({ groupId: `bench-${randomBytes(6).toString('hex')}` });
    const keys = new Set<string>();
    let read = 0;
    try {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await new Promise<void>((resolve, reject) => {
        consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
        consumer
          .run({
            autoCommit: false,
            eachBatch: ({ batch }) => {
              for (const { key, offset } of batch.messages) {
                if (Number(offset) < (from.get(batch.partition) ?? 0)) continue;
                keys.add(String(key));
                read += 1;
              }
              if (read >= records) resolve();
              return Promise.resolve();
            },
          })
          .catch(reject);
        for (const [partition, offset] of from) consumer.seek({ topic, partition, offset: String(offset) });
      });
    } finally {
      await consumer.disconnect();
    }
    return keys.size;
  }

  /** So many links that nobody has leased: Telegram's stand-in would take minutes to make them. */
  async fillStock(links: number): Promise<void> {
    const url = new URL(this.postgres.url);
    url.pathname = `/${DATABASE}`;
    const client = new Client({ connectionString: url.toString() });
    await client.connect();
    try {
      await client.query('TRUNCATE invite_link');
      await client.query(
        `INSERT INTO invite_link (link_key, chat_id, bot_id, url, minted_at, expires_at)
         SELECT encode(sha256(convert_to(code, 'UTF8')), 'hex'), $1, $2, 'https://t.me/+' || code, now(),
                now() + interval '30 days'
           FROM (SELECT substr(md5($3 || n::text), 1, 16) AS code FROM generate_series(1, $4::int) AS n) AS codes
         ON CONFLICT DO NOTHING`,
        [CHAT_ID, BOT_ID, randomBytes(8).toString('hex'), links],
      );
      await client.query('ANALYZE invite_link');
    } finally {
      await client.end();
    }
  }

  async close(): Promise<void> {
    await this.publisher.close();
    await this.client.close();
    await this.sandbox.close();
    await this.kafka.stop();
    await this.postgres.stop();
    await this.removeData();
  }

  private async setUp(): Promise<void> {
    const keyring = parseSecretKeys(this.secretKeys);
    const versioned = { version: 1, configuredAt: '2026-01-01T00:00:00.000Z' };
    const settings = [topics.site, topics.bot, topics.channel] as const;
    await new TopicProvisioner(this.client).ensure(settings);
    const publish = <T extends object>(topic: TopicDefinition<T>, event: T): Promise<void> =>
      this.publisher.publish(encode(topic, event, { source: 'bench' }));
    await publish(topics.site, {
      ...versioned,
      siteId: SITE_ID,
      name: 'Bench',
      allowedOrigins: [],
      apiKeyHash: createHash('sha256').update(SITE_KEY).digest('hex'),
    });
    await publish(topics.bot, {
      ...versioned,
      botId: String(BOT_ID),
      username: 'bench_bot',
      name: 'Bench',
      token: sealSecret(keyring, secretRecords.botToken(String(BOT_ID)), BOT_TOKEN),
      webhookSecret: sealSecret(keyring, secretRecords.botWebhookSecret(String(BOT_ID)), 'secret'),
    });
    await publish(topics.channel, {
      ...versioned,
      chatId: String(CHAT_ID),
      siteId: SITE_ID,
      botId: String(BOT_ID),
      slug: SLUG,
      chat: { type: 'channel', title: 'Bench', isPublic: false },
      eventType: 'CompleteRegistration',
    });
  }
}
