import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { CannotStart } from './infra/cannot-start';
import { demandPort } from './infra/free-ports';
import { consoleLog } from './stack/console-log';
import { lockFolder } from './stack/folder-lock';
import { startAgain } from './stack/keep-running';
import { runCommand } from './stack/run-command';
import { keptSecrets } from './stack/secrets';
import { CATALOGUE, SERVICE_NAMES, type ServiceName, WORKSPACE_ROOT } from './stack/service-catalogue';
import { type RunningSystem, startSystem } from './stack/start-system';
import { stopRequested } from './stack/stop-signals';

interface Flags {
  readonly dataDir: string;
  readonly host: string;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function start({ dataDir, host }: Flags): Promise<number> {
  const folder = resolve(dataDir);
  const lock = await lockFolder(folder);
  const { env } = process;
  const ports = await wantedPorts(env, lock.isTakenOver ? 10_000 : 0);
  const secrets = await keptSecrets(join(folder, 'secrets.env'));
  const stopping = new AbortController();
  const stop = stopRequested();

  say('starting Kafka, PostgreSQL and the services');
  const system = await startSystem({
    dataDir: folder,
    durable: true,
    externalBrokers: env.KAFKA_BROKERS,
    externalDatabaseUrl: env.DATABASE_URL,
    kafkaPort: portIn(env, 'KAFKA_PORT'),
    postgresPort: portIn(env, 'POSTGRES_PORT'),
    secretKeys: env.SECRET_KEYS ?? secrets.secretKeys,
    internalApiToken: env.INTERNAL_API_TOKEN ?? secrets.internalApiToken,
    adminPassword: env.ADMIN_PASSWORD ?? secrets.adminPassword,
    host,
    ports,
    sandbox: false,
    onLog: consoleLog({ verbose: true }),
    onDied: (service, { code, signal }) =>
      void startAgain(service, `ended (${signal ?? `exit code ${String(code)}`})`, {
        say,
        stopping: stopping.signal,
      }),
  });
  keepInfrastructure(system, stopping.signal);
  tell(system, secrets.isNew ? secrets.adminPassword : undefined);

  const reason = await stop;
  stopping.abort();
  say(`\n${reason}: stopping the services, then Kafka and PostgreSQL`);
  await system.stop();
  await lock.release();
  return 0;
}

/** @throws CannotStart when one of them is in use. */
async function wantedPorts(env: NodeJS.ProcessEnv, patienceMs: number): Promise<Record<ServiceName, number>> {
  const ports: Partial<Record<ServiceName, number>> = {};
  for (const name of SERVICE_NAMES) {
    const { port, portVariable } = CATALOGUE[name];
    const wanted = portIn(env, portVariable) ?? port;
    await demandPort(wanted, name, portVariable, patienceMs);
    ports[name] = wanted;
  }
  return ports as Record<ServiceName, number>;
}

function portIn(env: NodeJS.ProcessEnv, variable: string): number | undefined {
  const text = env[variable];
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_536) return Number(text);
  throw new CannotStart(`${variable}=${text} is no port: give a number from 1 to 65535.`);
}

/** The services reconnect by themselves once their broker or database is back. */
function keepInfrastructure({ infrastructure }: RunningSystem, stopping: AbortSignal): void {
  const servers = { Kafka: infrastructure.kafka, PostgreSQL: infrastructure.postgres };
  for (const [name, server] of Object.entries(servers)) {
    if (!server) continue;
    const watch = async (): Promise<void> => {
      for (;;) {
        await server.exited;
        if (stopping.aborted) return;
        await startAgain({ name, start: () => server.start() }, 'ended', { say, stopping });
      }
    };
    void watch();
  }
}

function tell({ infrastructure, services }: RunningSystem, newPassword: string | undefined): void {
  say('');
  say(`  dashboard    ${services.dashboard.url}`);
  if (newPassword !== undefined) {
    say(`  password     ${newPassword}   (shown this once; it stands in secrets.env)`);
  }
  say(`  clicks       ${services['click-service'].url}/c/<slug>`);
  say(`  webhooks     ${services['join-service'].url}/telegram/<botId>`);
  say(`  Kafka        ${infrastructure.brokers}`);
  say(`  PostgreSQL   ${withoutPassword(infrastructure.databaseUrl)}`);
  if (!process.env.PUBLIC_WEBHOOK_URL) {
    say('\n  PUBLIC_WEBHOOK_URL is not set: the bots ask Telegram for their updates (long polling).');
  }
  say('\nCtrl-C stops everything.\n');
}

function withoutPassword(url: string): string {
  const safe = new URL(url);
  safe.password = '';
  return safe.toString();
}

new Command('npm start --')
  .description(
    'Runs Clickjoin for real: Kafka, PostgreSQL and all services, with their data kept in a folder.\n' +
      'KAFKA_BROKERS and DATABASE_URL, where set, are used instead of starting a broker and a server.\n' +
      `Ports: ${SERVICE_NAMES.map((name) => `${CATALOGUE[name].portVariable} (${CATALOGUE[name].port})`).join(', ')}, KAFKA_PORT, POSTGRES_PORT.`,
  )
  .option('--data-dir <folder>', 'where data and secrets are kept', join(WORKSPACE_ROOT, '.clickjoin'))
  .option('--host <address>', 'where the services listen; 0.0.0.0 for all addresses', '127.0.0.1')
  .action((flags: Flags) => runCommand(() => start(flags)))
  .parse();
