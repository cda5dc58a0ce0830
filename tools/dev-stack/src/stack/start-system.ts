import { freePorts } from '../infra/free-ports';
import { type Exit } from '../infra/owned-process';
import { ServiceProcess } from '../processes/service-process';
import { type Infrastructure, type InfrastructureOptions, startInfrastructure } from './infrastructure';
import { sandboxEntry, SERVICE_NAMES, serviceEntry, type ServiceName } from './service-catalogue';

export interface SystemOptions extends Omit<InfrastructureOptions, 'onLog'> {
  /** `<keyId>:<base64 of 32 bytes>`, as SECRET_KEYS takes it. */
  readonly secretKeys: string;
  /** What services show each other. */
  readonly internalApiToken: string;
  /** The dashboard's; made and printed once by the dashboard where it is left out. */
  readonly adminPassword?: string;
  /** Where the services listen; 127.0.0.1 without it. */
  readonly host?: string;
  /** Fixed ports; free ones for services that are not named. */
  readonly ports?: Partial<Record<ServiceName, number>>;
  /** Starts the stand-ins for Telegram and TikTok and points the services at them. */
  readonly sandbox: boolean;
  /** For all services, after what the stack itself sets. */
  readonly env?: Readonly<Record<string, string>>;
  /** One line of a process's output. */
  readonly onLog: (source: string, line: string) => void;
  /** A service ended that was not told to. */
  readonly onDied?: (service: ServiceProcess, exit: Exit) => void;
}

export interface RunningSystem {
  readonly infrastructure: Infrastructure;
  /** Each can be killed, stopped and started again on its port. */
  readonly services: Readonly<Record<ServiceName, ServiceProcess>>;
  readonly sandbox: ServiceProcess | undefined;
  /** Services finish their work first, then the sandbox, then Kafka and PostgreSQL. */
  stop(): Promise<void>;
}

/**
 * Starts Kafka, PostgreSQL, the sandbox and all services, and resolves when each is ready. When one
 * cannot start, the others are stopped first.
 */
export async function startSystem(options: SystemOptions): Promise<RunningSystem> {
  const entries = SERVICE_NAMES.map((name) => [name, serviceEntry(name)] as const);
  const sandboxFile = options.sandbox ? sandboxEntry() : undefined;
  const infrastructure = await startInfrastructure(options);
  const [sandboxPort = 0, ...ports] = await freePorts(1 + SERVICE_NAMES.length);
  const sandbox = sandboxFile === undefined ? undefined : makeSandbox(sandboxFile, sandboxPort, options);
  const portOf = new Map(
    SERVICE_NAMES.map((name, index) => [name, options.ports?.[name] ?? ports[index] ?? 0]),
  );
  const shared = {
    ...sharedEnvironment(options, infrastructure),
    ...addresses(portOf),
    ...(sandbox
      ? sandboxEnvironment(sandbox.url, `http://127.0.0.1:${portOf.get('join-service') ?? 0}`)
      : {}),
    ...options.env,
  };
  const services = Object.fromEntries(
    entries.map(([name, entry]) => [name, makeService(name, entry, portOf.get(name) ?? 0, shared, options)]),
  ) as Record<ServiceName, ServiceProcess>;

  const stop = async (): Promise<void> => {
    await Promise.all(Object.values(services).map((service) => service.stop()));
    await sandbox?.stop();
    await infrastructure.stop();
  };
  try {
    await sandbox?.start();
    await Promise.all(Object.values(services).map((service) => service.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  for (const service of Object.values(services)) {
    service.on('died', (exit) => options.onDied?.(service, exit));
  }
  return { infrastructure, services, sandbox, stop };
}

function makeSandbox(entry: string, port: number, { onLog }: SystemOptions): ServiceProcess {
  return new ServiceProcess({
    name: 'sandbox',
    entry,
    args: ['--port', String(port)],
    env: {},
    port,
    onLine: (line) => onLog('sandbox', line),
  });
}

function makeService(
  name: ServiceName,
  entry: string,
  port: number,
  env: Readonly<Record<string, string>>,
  { host = '127.0.0.1', onLog }: SystemOptions,
): ServiceProcess {
  return new ServiceProcess({
    name,
    entry,
    env: { ...env, HOST: host, PORT: String(port) },
    host,
    port,
    onLine: (line) => onLog(name, line),
  });
}

function sharedEnvironment(options: SystemOptions, infrastructure: Infrastructure): Record<string, string> {
  return {
    KAFKA_BROKERS: infrastructure.brokers,
    DATABASE_URL: infrastructure.databaseUrl,
    SECRET_KEYS: options.secretKeys,
    INTERNAL_API_TOKEN: options.internalApiToken,
    ...(options.adminPassword === undefined ? {} : { ADMIN_PASSWORD: options.adminPassword }),
  };
}

/** Where the dashboard asks the other services. A public address comes from the environment; this is for one machine. */
function addresses(portOf: ReadonlyMap<ServiceName, number>): Record<string, string> {
  const urlOf = (name: ServiceName): string => `http://127.0.0.1:${portOf.get(name) ?? 0}`;
  return {
    CLICK_SERVICE_URL: urlOf('click-service'),
    JOIN_SERVICE_URL: urlOf('join-service'),
    ATTRIBUTION_SERVICE_URL: urlOf('attribution-service'),
    TIKTOK_DISPATCHER_URL: urlOf('tiktok-dispatcher'),
    PUBLIC_CLICK_URL: process.env.PUBLIC_CLICK_URL || urlOf('click-service'),
  };
}

function sandboxEnvironment(sandboxUrl: string, webhookUrl: string): Record<string, string> {
  return {
    TELEGRAM_API_URL: sandboxUrl,
    TIKTOK_API_URL: `${sandboxUrl}/open_api/v1.3`,
    ALLOW_PRIVATE_TIKTOK_URL: 'true',
    PUBLIC_WEBHOOK_URL: webhookUrl,
  };
}
