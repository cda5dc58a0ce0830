import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as DevStack from '@clickjoin/dev-stack/embedded';
import { type TestInfra } from './infra';
import { startContainers } from './start-containers';

export interface StartedInfra extends TestInfra {
  stop(): Promise<void>;
}

/** Where the int tier's Kafka and PostgreSQL come from: `TEST_INFRA`. */
export type InfraDriver = 'embedded' | 'testcontainers' | 'external';

export function chosenDriver(env: NodeJS.ProcessEnv): InfraDriver {
  const asked = env.TEST_INFRA ?? (env.KAFKA_BROKERS && env.DATABASE_URL ? 'external' : 'embedded');
  if (asked === 'embedded' || asked === 'testcontainers' || asked === 'external') return asked;
  throw new Error(`TEST_INFRA must be embedded, testcontainers or external, not ${asked}`);
}

export async function startInfra(env: NodeJS.ProcessEnv): Promise<StartedInfra> {
  const driver = chosenDriver(env);
  switch (driver) {
    case 'embedded':
      return startEmbedded();
    case 'testcontainers':
      return startContainers();
    case 'external':
      return useExternal(env);
  }
}

function useExternal({ KAFKA_BROKERS, DATABASE_URL }: NodeJS.ProcessEnv): StartedInfra {
  if (!KAFKA_BROKERS || !DATABASE_URL) {
    throw new Error('TEST_INFRA=external needs KAFKA_BROKERS and DATABASE_URL');
  }
  return { brokers: KAFKA_BROKERS, databaseUrl: DATABASE_URL, stop: () => Promise.resolve() };
}

async function startEmbedded(): Promise<StartedInfra> {
  const { startKafka, startPostgres, temporaryFolder } = devStackFromSource();
  const folder = await temporaryFolder('int');
  const onLog = (line: string): void => {
    if (/^(fetching|preparing)/.test(line)) process.stderr.write(`${line}\n`);
  };
  const [kafka, postgres] = await Promise.all([
    startKafka({ dataDir: join(folder.path, 'kafka'), heapMb: 384, onLog }),
    startPostgres({ dataDir: join(folder.path, 'postgres'), durable: false }),
  ]);
  return {
    brokers: kafka.brokers,
    databaseUrl: postgres.url,
    stop: async () => {
      // The data goes with the run: nothing is lost by not shutting down in order.
      await Promise.all([kafka.kill('SIGKILL'), postgres.stop('immediate')]);
      await folder.remove();
    },
  };
}

/**
 * Jest loads its global set-up with Node's own resolver, which does not know the condition that sends
 * imports to the sources: by its name the package would be the built one, which need not exist.
 */
function devStackFromSource(): typeof DevStack {
  const load = createRequire(__filename);
  return load(join(__dirname, '../../../tools/dev-stack/src/embedded.ts')) as typeof DevStack;
}
