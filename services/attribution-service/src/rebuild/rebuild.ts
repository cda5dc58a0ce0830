import { randomBytes } from 'node:crypto';
import { topics } from '@clickjoin/contracts';
import { KafkaClient } from '@clickjoin/kafka';
import { DatabaseSettings, PostgresModule } from '@clickjoin/postgres';
import { startService } from '@clickjoin/service-kit';
import { Global, Module, type DynamicModule } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AttributeModule } from '../attribute/attribute.module';
import { AttributionConfig } from '../config';
import { migrations } from '../migrations';
import { BoundedLog } from './bounded-log';
import { Comparer, OUTPUTS, type Comparison } from './comparison';
import { INPUTS, Replay, type ReplayCounts } from './replay';

export interface RebuildOptions {
  readonly signal: AbortSignal;
  /** The rebuilt database stays, for a look into it. */
  readonly keep?: boolean;
  readonly onProgress?: (records: number, of: number) => void;
}

export interface Rebuilt {
  readonly replay: ReplayCounts;
  readonly comparison: Comparison;
  readonly database: string;
  readonly seconds: number;
}

/** What the closer asks Kafka for, answered as of the run's beginning: the log that it may trust to be read. */
@Global()
@Module({})
class BoundedKafkaModule {
  static of(log: BoundedLog): DynamicModule {
    const offsetRanges = (topic: string) => Promise.resolve(log.rangesOf(topic));
    return {
      module: BoundedKafkaModule,
      providers: [{ provide: KafkaClient, useValue: { offsetRanges } }],
      exports: [KafkaClient],
    };
  }
}

/** The deciding part of the service on a database of its own: no consumer group, no relay, nothing that publishes. */
@Module({})
class RebuildModule {
  static over(log: BoundedLog, database: string): DynamicModule {
    return {
      module: RebuildModule,
      imports: [
        PostgresModule.forService({ database, migrations }),
        BoundedKafkaModule.of(log),
        AttributeModule,
      ],
    };
  }
}

/**
 * Replays the topics into an empty database and compares what comes out with what is in the topics. Reads only: the
 * running service, its group and its database notice nothing.
 * @throws the signal's reason when it is aborted; the database is gone then too
 */
export async function rebuild(
  config: AttributionConfig,
  { signal, keep = false, onProgress = () => undefined }: RebuildOptions,
): Promise<Rebuilt> {
  const startedAt = performance.now();
  const client = new KafkaClient({
    clientId: 'attribution-rebuild',
    brokers: config.kafkaBrokers,
    topicPrefix: config.topicPrefix,
  });
  const name = `attribution-rebuild-${randomBytes(4).toString('hex')}`;
  const settings = new DatabaseSettings(config.databaseUrl, config.databasePrefix, name);
  try {
    await client.waitForBroker();
    const boundAtMs = Date.now();
    const log = await BoundedLog.asOfNow(client, INPUTS);
    const running = await startService(
      { service: name, config: AttributionConfig, module: () => RebuildModule.over(log, name) },
      config,
      { write: () => undefined },
    );
    try {
      const replay = await new Replay(running.app).run(log, (done) => onProgress(done, log.records), signal);
      const published = await BoundedLog.asOfNow(client, [...OUTPUTS, topics.personErased]);
      const { reachesBackTo } = replay;
      const comparison = await new Comparer(running.app.get(DataSource)).compare(
        published,
        { boundAtMs, reachesBackTo },
        signal,
      );
      const seconds = (performance.now() - startedAt) / 1_000;
      return { replay, comparison, database: settings.database, seconds };
    } finally {
      await running.stop();
    }
  } finally {
    await client.close();
    if (!keep || signal.aborted) await drop(settings);
  }
}

async function drop({ serverUrl, database }: DatabaseSettings): Promise<void> {
  const server = await new DataSource({ type: 'postgres', url: serverUrl, poolSize: 1 }).initialize();
  try {
    await server.query(`DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`);
  } finally {
    await server.destroy();
  }
}
