import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { topics } from '@clickjoin/contracts';
import {
  type RunningKafka,
  type RunningPostgres,
  startKafka,
  startPostgres,
  type TemporaryFolder,
  temporaryFolder,
} from '@clickjoin/dev-stack';
import { KafkaClient, Publisher, TopicProvisioner } from '@clickjoin/kafka';
import { Client } from 'pg';
import { Visitor } from './invented-log';

/** The service's own default, and what a topic has in production. */
const PARTITIONS = 12;
/** What the publisher's queue takes at once, with room. */
const CHUNK = 4_000;

/** Topics of their own, on the shared broker. */
export interface Log {
  readonly prefix: string;
  readonly client: KafkaClient;
  readonly publisher: Publisher;
  close(): Promise<void>;
}

/** Kafka and PostgreSQL as they are in production (synchronous commits, fsync), on this machine. */
export class Ground {
  private constructor(
    private readonly folder: TemporaryFolder,
    private readonly kafka: RunningKafka,
    private readonly postgres: RunningPostgres,
  ) {}

  static async start(): Promise<Ground> {
    const folder = await temporaryFolder('bench-attribution');
    const [kafka, postgres] = await Promise.all([
      startKafka({ dataDir: join(folder.path, 'kafka'), heapMb: 512 }),
      startPostgres({ dataDir: join(folder.path, 'postgres') }),
    ]);
    return new Ground(folder, kafka, postgres);
  }

  get brokers(): string {
    return this.kafka.brokers;
  }

  get databaseUrl(): string {
    return this.postgres.url;
  }

  async openLog(): Promise<Log> {
    const prefix = `bench-${randomBytes(4).toString('hex')}.`;
    const client = new KafkaClient({
      clientId: 'bench',
      brokers: [this.brokers],
      topicPrefix: prefix,
      partitions: PARTITIONS,
    });
    const { clickCaptured, joinReceived, conversionAttributed, joinOrganic } = topics;
    await new TopicProvisioner(client).ensure([
      clickCaptured,
      joinReceived,
      conversionAttributed,
      joinOrganic,
    ]);
    const publisher = new Publisher(client, { deadlineMs: 60_000 });
    await publisher.connect();
    return {
      prefix,
      client,
      publisher,
      close: async () => {
        await publisher.close();
        await client.close();
      },
    };
  }

  /** A log in which so many events lie, half clicks and half joins. */
  async openBacklog(events: number): Promise<Backlog> {
    const log = await this.openLog();
    const run = log.prefix;
    const converting = new Map<string, string>();
    let joins = 0;
    for (let from = 0; from < events / 2; from += CHUNK / 2) {
      const count = Math.min(CHUNK / 2, Math.ceil(events / 2) - from);
      const visitors = Array.from({ length: count }, (_, n) => new Visitor(from + n, run));
      for (const visitor of visitors) if (visitor.converts) converting.set(visitor.joinId, visitor.clickId);
      joins += count;
      await log.publisher.publishAll(visitors.flatMap((visitor) => [visitor.click(), visitor.join()]));
    }
    return { log, events: joins * 2, joins, converting };
  }

  /** Statements in a service's database, or in the server's own. */
  async sql(statement: string, database?: string): Promise<void> {
    const url = new URL(this.databaseUrl);
    if (database !== undefined) url.pathname = `/${database}`;
    const client = new Client({ connectionString: url.toString() });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.kafka.kill('SIGKILL'), this.postgres.stop('immediate')]);
    await this.folder.remove();
  }
}

export interface Backlog {
  readonly log: Log;
  readonly events: number;
  readonly joins: number;
  /** The click of each join that must be attributed. */
  readonly converting: ReadonlyMap<string, string>;
}
