import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { topics } from '@clickjoin/contracts';
import {
  startKafka,
  startPostgres,
  temporaryFolder,
  type RunningKafka,
  type RunningPostgres,
  type TemporaryFolder,
} from '@clickjoin/dev-stack';
import { KafkaClient, Publisher, TopicProvisioner } from '@clickjoin/kafka';
import { Client } from 'pg';
import { newSecretKeys, type InventedConversion, type InventedSite } from './invented-sites';
import { StandIn } from './stand-in';

/** The service's own default, and what a topic has in production. */
const PARTITIONS = 12;
/** What the publisher's queue takes at once, with room. */
const CHUNK = 4_000;
const LOOK_EVERY_MS = 20;
const PATIENCE_MS = 60_000;

/** Kafka and PostgreSQL as they are in production (synchronous commits, fsync), and a TikTok, on this machine. */
export class Ground {
  readonly secretKeys = newSecretKeys();

  private constructor(
    private readonly folder: TemporaryFolder,
    private readonly kafka: RunningKafka,
    private readonly postgres: RunningPostgres,
    readonly tiktok: StandIn,
  ) {}

  static async start(): Promise<Ground> {
    const folder = await temporaryFolder('bench-dispatch');
    const [kafka, postgres, tiktok] = await Promise.all([
      startKafka({ dataDir: join(folder.path, 'kafka'), heapMb: 512 }),
      startPostgres({ dataDir: join(folder.path, 'postgres') }),
      StandIn.start(),
    ]);
    return new Ground(folder, kafka, postgres, tiktok);
  }

  get brokers(): string {
    return this.kafka.brokers;
  }

  get databaseUrl(): string {
    return this.postgres.url;
  }

  /** Topics and a database of their own, with the settings of these sites. */
  async openLog(sites: readonly InventedSite[]): Promise<Log> {
    const run = `bench_${randomBytes(4).toString('hex')}`;
    const client = new KafkaClient({
      clientId: 'bench',
      brokers: [this.brokers],
      topicPrefix: `${run}.`,
      partitions: PARTITIONS,
    });
    const { pixel, channel, conversionAttributed, deliveryUpdated } = topics;
    await new TopicProvisioner(client).ensure([pixel, channel, conversionAttributed, deliveryUpdated]);
    const publisher = new Publisher(client, { deadlineMs: 60_000 });
    await publisher.connect();
    await publisher.publishAll(sites.flatMap((site) => site.settings(this.secretKeys)));
    return new Log(this, run, client, publisher);
  }

  /** One statement in a service's database, or in the server's own. */
  async sql<T extends object>(statement: string, database?: string): Promise<T[]> {
    const url = new URL(this.databaseUrl);
    if (database !== undefined) url.pathname = `/${database}`;
    const client = new Client({ connectionString: url.toString() });
    await client.connect();
    try {
      return (await client.query<T>(statement)).rows;
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.tiktok.stop(), this.kafka.kill('SIGKILL'), this.postgres.stop('immediate')]);
    await this.folder.remove();
  }
}

/** What one run has to itself. */
export class Log {
  private uncounted = 0;

  constructor(
    private readonly ground: Ground,
    readonly run: string,
    readonly client: KafkaClient,
    private readonly publisher: Publisher,
  ) {}

  get topicPrefix(): string {
    return `${this.run}.`;
  }

  /** Of the dispatcher; the peer takes the same name. */
  get database(): string {
    return `${this.run}_tiktok_dispatcher`;
  }

  /** Resolves when all of them are in Kafka. */
  async publish(conversions: readonly InventedConversion[]): Promise<void> {
    for (let from = 0; from < conversions.length; from += CHUNK)
      await this.publisher.publishAll(conversions.slice(from, from + CHUNK).map(({ record }) => record));
  }

  /** So many accepted deliveries are not counted any more: they were for warming up. */
  leaveOut(count: number): void {
    this.uncounted = count;
  }

  /** Resolves when the ledger says of so many deliveries that they are accepted. @throws when it does not */
  async untilInLedger(count: number): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const [row] = await this.ground.sql<{ n: number }>(
        `SELECT count(*)::int AS n FROM delivery WHERE state = 'accepted'`,
        this.database,
      );
      if (row?.n === count + this.uncounted) return;
      if (performance.now() > deadline)
        throw new Error(
          `the ledger has ${String(row?.n)} accepted deliveries and not ${count + this.uncounted}`,
        );
      await pause(LOOK_EVERY_MS);
    }
  }

  async close(): Promise<void> {
    await this.publisher.close();
    const admin = await this.client.admin();
    const { pixel, channel, conversionAttributed, deliveryUpdated } = topics;
    await admin.deleteTopics({
      topics: [pixel, channel, conversionAttributed, deliveryUpdated].map(({ name }) =>
        this.client.nameOf(name),
      ),
    });
    await this.client.close();
    await this.ground.sql(`DROP DATABASE IF EXISTS ${this.database} WITH (FORCE)`);
  }
}
