import { dirname, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import {
  topics,
  type ChannelConfigured,
  type ConversionAttributed,
  type DeliveryState,
  type OutboundRecord,
  type PixelConfigured,
  type Verdict,
} from '@clickjoin/contracts';
import { freePorts, ServiceProcess } from '@clickjoin/dev-stack';
import { KafkaClient, Publisher, TopicProvisioner } from '@clickjoin/kafka';
import { uniquePrefix } from '@clickjoin/testing';
import type { DataSource } from 'typeorm';
import { envOf, newDatabasePrefix, newSecretKeys, openServiceDatabase, type Place } from './dispatcher';
import { newChannel, newConversion, newPixel, recordOf } from './invented';

const ENTRY = join(__dirname, '../src/main.ts');
const REGISTER_SOURCE = join(
  dirname(require.resolve('@clickjoin/testing/package.json')),
  'register-source.cjs',
);
const PUBLISH_DEADLINE_MS = 30_000;

/** A site with a channel and a pixel. */
export interface Reported {
  readonly siteId: string;
  readonly chatId: string;
  readonly channel: ChannelConfigured;
  readonly pixel: PixelConfigured;
}

export interface LedgerAttempt {
  readonly event_id: string;
  readonly number: number;
  readonly verdict: Verdict | null;
  readonly explanation: string | null;
}

/** Any number of the service's processes with topics and a database of their own. */
export class Installation {
  private readonly client: KafkaClient;
  private readonly publisher: Publisher;
  private readonly instances: ServiceProcess[] = [];
  /** The latest words of the processes, for a failure. */
  private readonly said: string[] = [];
  private database: DataSource | undefined;
  private chats = 2_000_000_000;

  private constructor(private readonly place: Place) {
    this.client = new KafkaClient({
      clientId: 'spec',
      brokers: [place.brokers],
      topicPrefix: place.topicPrefix,
      partitions: 3,
    });
    this.publisher = new Publisher(this.client, { deadlineMs: PUBLISH_DEADLINE_MS });
  }

  static async open(
    where: Pick<Place, 'brokers' | 'databaseUrl' | 'tiktokApiUrl'>,
    settings: Readonly<Record<string, string>>,
  ): Promise<Installation> {
    const installation = new Installation({
      ...where,
      databasePrefix: newDatabasePrefix(),
      topicPrefix: uniquePrefix('processes'),
      secretKeys: newSecretKeys(),
      settings: { LOG_LEVEL: 'error', ...settings },
    });
    const { pixel, channel, conversionAttributed } = topics;
    await new TopicProvisioner(installation.client).ensure([pixel, channel, conversionAttributed]);
    await installation.publisher.connect();
    return installation;
  }

  /** Known to each process that is started afterwards: it is ready when it has read the settings. */
  async newSite(of: Partial<PixelConfigured> = {}): Promise<Reported> {
    const siteId = randomUUID();
    const chatId = `-100${this.chats++}`;
    const pixel = newPixel(this.place.secretKeys, siteId, `tok_${siteId}`, of);
    const channel = newChannel(siteId, chatId);
    await this.publish(recordOf.pixel(pixel), recordOf.channel(channel));
    return { siteId, chatId, channel, pixel };
  }

  publish(...records: readonly OutboundRecord[]): Promise<void> {
    return this.publisher.publishAll(records);
  }

  async convert({ siteId, chatId }: Reported, count: number): Promise<ConversionAttributed[]> {
    const conversions = Array.from({ length: count }, () => newConversion(siteId, chatId));
    await this.publish(...conversions.map((conversion) => recordOf.conversion(conversion)));
    return conversions;
  }

  async started(): Promise<ServiceProcess> {
    const [port = 0] = await freePorts(1);
    const name = `dispatcher ${this.instances.length + 1}`;
    const instance = new ServiceProcess({
      name,
      entry: ENTRY,
      port,
      env: {
        ...envOf(this.place),
        NODE_OPTIONS: `--conditions=@clickjoin/source --require=${REGISTER_SOURCE}`,
        PORT: String(port),
      },
      onLine: (line) => {
        this.said.push(`${name} ${line}`);
        if (this.said.length > 40) this.said.shift();
      },
    });
    this.instances.push(instance);
    await instance.start();
    return instance;
  }

  /** How many deliveries of a pixel, or of all, are in each state. */
  async states(pixelId?: string): Promise<Partial<Record<DeliveryState, number>>> {
    const rows = await this.query<{ state: DeliveryState; count: number }[]>(
      'SELECT state, count(*)::int AS count FROM delivery WHERE $1::uuid IS NULL OR pixel_id = $1 GROUP BY state',
      [pixelId ?? null],
    );
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  }

  /** In the order in which they were begun. */
  attempts(): Promise<LedgerAttempt[]> {
    return this.query(
      `SELECT event_id, number, verdict, explanation FROM attempt JOIN delivery USING (delivery_id)
       ORDER BY event_id, number`,
    );
  }

  /** What the processes said last, to be read where something failed. */
  get lastWords(): string {
    return this.said.join('\n');
  }

  async close(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.kill('SIGKILL')));
    await this.database?.destroy();
    await this.publisher.close();
    await this.client.close();
  }

  private async query<T>(sql: string, parameters: readonly unknown[] = []): Promise<T> {
    this.database ??= await openServiceDatabase(this.place);
    return this.database.query<T>(sql, [...parameters]);
  }
}

/** The value of a metric that has these labels, or none. */
export async function metricOf(instance: ServiceProcess, name: string, labels = ''): Promise<number> {
  const text = await (await fetch(`${instance.url}/metrics`)).text();
  const line = text
    .split('\n')
    .find((one) => one.startsWith(name) && /^[{ ]/.test(one.slice(name.length)) && one.includes(labels));
  return Number(line?.split(' ').at(-1) ?? 0);
}
