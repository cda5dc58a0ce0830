import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type BotConfigured,
  type ChannelConfigured,
  encode,
  type OutboundRecord,
  parseSecretKeys,
  sealSecret,
  secretRecords,
  topics,
} from '@clickjoin/contracts';
import {
  freePort,
  type RunningKafka,
  ServiceProcess,
  startKafka,
  temporaryFolder,
} from '@clickjoin/dev-stack';
import { KafkaClient, Publisher, TopicProvisioner } from '@clickjoin/kafka';
import { type Sandbox, startSandbox } from '@clickjoin/sandbox';
import type { Arena, Bench, Contender, Load, Probe, Sample } from '../../bench';
import { closeLanes, openLanes } from '../http/http-lane';
import { asFastAsItGoes, atConstantRate, countOf } from '../http/load';
import { Scoreboard } from '../http/scoreboard';
import { BOT_ID, BOT_TOKEN, CHAT_ID, joinDelivery, WEBHOOK_SECRET } from './updates';

/** As many as Telegram opens for one bot at most (reference/telegram-bot-api.md §3). */
const CONNECTIONS = 100;
const PARTITIONS = 12;
const NAMES = {
  ours: 'this service',
  batching: 'bare Fastify, same batching',
  sendEach: 'bare Fastify, a send each',
} as const;
const P99_HALF = 'p99 ms at half load';

interface Sizes {
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/** A contender as a process of its own; it runs only while it is measured. */
interface Side {
  readonly process: ServiceProcess;
  readonly port: number;
  readonly topic: string;
}

/**
 * An update from Telegram's request to the answer: secret checked, join understood, record acknowledged by Kafka
 * (acks=all). Each contender is a process of its own, started for its turn. After each turn the topic must hold as many
 * new records as there were 200s.
 */
export const webhookBench: Bench = {
  name: 'webhook',
  summary: 'joins through the webhook against bare Fastify, with the same batching and with a send each',
  unit: 'updates/s',
  open,
};

async function open({ quick = false }: Load): Promise<Arena> {
  const sizes = quick ? { seconds: 2, warmUpSeconds: 1 } : { seconds: 8, warmUpSeconds: 3 };
  const ground = await Ground.start();
  const board = new Scoreboard();
  const contender = (name: string, side: () => Promise<Side>): Contender =>
    board.contender(name, async () => measure(await side(), ground, sizes));
  return {
    contenders: [
      contender(NAMES.ours, () => ground.service()),
      contender(NAMES.batching, () => ground.peer('fastify-batching')),
      contender(NAMES.sendEach, () => ground.peer('fastify-send-each')),
    ],
    probes: [goals(board)],
    close: () => ground.close(),
  };
}

/** Kafka, Telegram's stand-in, a bot and a channel in the settings. */
class Ground {
  private readonly secretKeys = `bench:${randomBytes(32).toString('base64')}`;
  private readonly client: KafkaClient;
  private readonly publisher: Publisher;

  private constructor(
    private readonly kafka: RunningKafka,
    private readonly sandbox: Sandbox,
    private readonly removeData: () => Promise<void>,
  ) {
    this.client = new KafkaClient({ clientId: 'bench', brokers: [kafka.brokers] });
    this.publisher = new Publisher(this.client, { deadlineMs: 60_000 });
  }

  static async start(): Promise<Ground> {
    const folder = await temporaryFolder('bench-webhook');
    const kafka = await startKafka({ dataDir: `${folder.path}/kafka`, heapMb: 512 });
    const sandbox = await startSandbox();
    sandbox.telegram.addBot({ token: BOT_TOKEN, username: 'garden_joins_example_bot', name: 'Garden Joins' });
    sandbox.telegram.addChannel({ title: 'Balcony Gardens', type: 'channel', chatId: CHAT_ID });
    sandbox.telegram.addAdmin(CHAT_ID, { botId: BOT_ID, canInviteUsers: true });
    const ground = new Ground(kafka, sandbox, () => folder.remove());
    await new TopicProvisioner(ground.client).ensure([topics.bot, topics.channel]);
    await ground.publisher.publishAll(ground.settings());
    return ground;
  }

  async service(): Promise<Side> {
    const port = await freePort();
    const process = new ServiceProcess({
      name: 'join-service',
      entry: join(__dirname, '../../../../services/join-service/dist/main.js'),
      env: {
        PORT: String(port),
        KAFKA_BROKERS: this.kafka.brokers,
        SECRET_KEYS: this.secretKeys,
        TELEGRAM_API_URL: this.sandbox.telegramApiUrl,
        // The load comes from the bench itself; Telegram has nothing to deliver.
        PUBLIC_WEBHOOK_URL: `http://127.0.0.1:${port}`,
      },
      port,
    });
    await process.start();
    return { process, port, topic: topics.joinReceived.name };
  }

  async peer(peer: string): Promise<Side> {
    const port = await freePort();
    const topic = `${peer}-${randomBytes(4).toString('hex')}`;
    await new TopicProvisioner(this.client).ensure([
      { name: topic, partitions: PARTITIONS, retention: { kind: 'time', days: 1 } },
    ]);
    const process = new ServiceProcess({
      name: peer,
      entry: join(__dirname, 'peers', `${peer}.js`),
      env: { PORT: String(port), KAFKA_BROKERS: this.kafka.brokers, TOPIC: topic, WEBHOOK_SECRET },
      port,
    });
    await process.start();
    return { process, port, topic };
  }

  async recordsIn(topic: string): Promise<number> {
    return [...(await this.client.endOffsets(topic)).values()].reduce((sum, end) => sum + Number(end), 0);
  }

  async close(): Promise<void> {
    await this.publisher.close();
    await this.client.close();
    await this.sandbox.close();
    await this.kafka.stop();
    await this.removeData();
  }

  private settings(): OutboundRecord[] {
    const keyring = parseSecretKeys(this.secretKeys);
    const botId = String(BOT_ID);
    const configured = { version: 1, configuredAt: '2026-08-20T09:15:00.000Z' };
    const bot: BotConfigured = {
      botId,
      username: 'garden_joins_example_bot',
      name: 'Garden Joins',
      token: sealSecret(keyring, secretRecords.botToken(botId), BOT_TOKEN),
      webhookSecret: sealSecret(keyring, secretRecords.botWebhookSecret(botId), WEBHOOK_SECRET),
      ...configured,
    };
    const channel: ChannelConfigured = {
      chatId: String(CHAT_ID),
      siteId: '01890000-0000-7000-8000-000000000001',
      botId,
      slug: 'balcony-gardens',
      chat: { type: 'channel', title: 'Balcony Gardens', isPublic: false },
      eventType: 'CompleteRegistration',
      attribution: { graceMs: 60_000 },
      ...configured,
    };
    const context = { source: 'bench' };
    return [encode(topics.bot, bot, context), encode(topics.channel, channel, context)];
  }
}

async function measure(side: Side, ground: Ground, { seconds, warmUpSeconds }: Sizes): Promise<Sample> {
  const before = await ground.recordsIn(side.topic);
  const lanes = await openLanes(side.port, CONNECTIONS);
  try {
    const warmUp = await asFastAsItGoes(lanes, warmUpSeconds, joinDelivery);
    const full = await asFastAsItGoes(lanes, seconds, joinDelivery);
    // What the storm before has left behind is not what is timed here.
    await pause(500);
    const half = await atConstantRate(lanes, seconds, full.perSecond / 2, joinDelivery);
    const acknowledged = countOf([warmUp, full, half], 200);
    const written = (await ground.recordsIn(side.topic)) - before;
    if (written !== acknowledged) throw new Error(`${written} records for ${acknowledged} acknowledgements`);
    return {
      value: full.perSecond,
      details: { 'p99 ms': full.p99Ms, 'p50 ms at half load': half.p50Ms, [P99_HALF]: half.p99Ms },
    };
  } finally {
    closeLanes(lanes);
    await side.process.stop();
  }
}

/** So many times its peers. */
const goals = (board: Scoreboard): Probe =>
  board.goals(() => [
    board.ratio('against the same batching', NAMES.ours, NAMES.batching, 0.7),
    board.ratio('against a send each', NAMES.ours, NAMES.sendEach, 2.5),
    { name: P99_HALF, unit: 'ms', value: board.figure(NAMES.ours, P99_HALF) },
  ]);
