import { join } from 'node:path';
import { type RunningKafka, startKafka } from '../kafka/embedded-kafka';
import { type RunningPostgres, startPostgres } from '../postgres/embedded-postgres';
import { reachableDataDir } from '../postgres/reachable-data-dir';

export interface InfrastructureOptions {
  /** Embedded servers keep their data in `kafka/` and `postgres/` below it. */
  readonly dataDir: string;
  /** False for throwaway data only. */
  readonly durable: boolean;
  /** Used instead of an embedded broker, as KAFKA_BROKERS takes it. */
  readonly externalBrokers?: string | undefined;
  /** Used instead of an embedded server. */
  readonly externalDatabaseUrl?: string | undefined;
  /** Ports of embedded servers; free ones by default. */
  readonly kafkaPort?: number | undefined;
  readonly postgresPort?: number | undefined;
  readonly onLog: (source: 'kafka' | 'postgres', line: string) => void;
}

export interface Infrastructure {
  readonly brokers: string;
  readonly databaseUrl: string;
  /** Undefined where the user's own is used. */
  readonly kafka: RunningKafka | undefined;
  readonly postgres: RunningPostgres | undefined;
  stop(): Promise<void>;
}

/** Starts what is not handed in, both at once. */
export async function startInfrastructure(options: InfrastructureOptions): Promise<Infrastructure> {
  const none = Promise.resolve(undefined);
  const [kafka, postgres] = await bothOrNone(
    options.externalBrokers ? none : startOwnKafka(options),
    options.externalDatabaseUrl ? none : startOwnPostgres(options),
  );
  return {
    brokers: options.externalBrokers ?? kafka?.brokers ?? '',
    databaseUrl: options.externalDatabaseUrl ?? postgres?.url ?? '',
    kafka,
    postgres,
    stop: async () => {
      await Promise.all([kafka?.stop(), postgres?.stop()]);
    },
  };
}

function startOwnKafka({ dataDir, kafkaPort, onLog }: InfrastructureOptions): Promise<RunningKafka> {
  return startKafka({
    dataDir: join(dataDir, 'kafka'),
    ...(kafkaPort === undefined ? {} : { port: kafkaPort }),
    onLog: (line) => onLog('kafka', line),
  });
}

async function startOwnPostgres(options: InfrastructureOptions): Promise<RunningPostgres> {
  const { postgresPort, durable, onLog } = options;
  return startPostgres({
    dataDir: await reachableDataDir(join(options.dataDir, 'postgres')),
    durable,
    ...(postgresPort === undefined ? {} : { port: postgresPort }),
    onLog: (line) => onLog('postgres', line),
  });
}

interface Stoppable {
  stop(): Promise<void>;
}

/** When one cannot start, the other is stopped before the error is passed on. */
async function bothOrNone<A extends Stoppable | undefined, B extends Stoppable | undefined>(
  first: Promise<A>,
  second: Promise<B>,
): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled([first, second]);
  if (a.status === 'fulfilled' && b.status === 'fulfilled') return [a.value, b.value];
  for (const started of [a, b]) if (started.status === 'fulfilled') await started.value?.stop();
  return Promise.all([first, second]);
}
