import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { CannotStart } from '../infra/cannot-start';
import { demandDisk } from '../infra/disk';
import { demandPort, freePorts } from '../infra/free-ports';
import { OwnedProcess } from '../infra/owned-process';
import { startPatiently } from '../infra/start-patiently';
import { waitUntilReady } from '../infra/wait-until';
import { type KafkaRuntime, prepareKafka } from './kafka-runtime';
import { type KafkaPorts, kafkaSettings, LOGGING } from './kafka-settings';

export interface KafkaOptions {
  /** Holds the log and the settings; the same folder again continues with the same topics. */
  readonly dataDir: string;
  /** A free one by default. */
  readonly port?: number;
  /** The port that clients are sent to, where they are to come through a proxy; the own one by default. */
  readonly advertisedPort?: number;
  readonly heapMb?: number;
  readonly onLog?: (line: string) => void;
}

export interface RunningKafka {
  /** As KAFKA_BROKERS takes it. */
  readonly brokers: string;
  readonly port: number;
  readonly pid: number;
  /** Settles when the broker has ended, for whatever reason. */
  readonly exited: Promise<unknown>;
  /** Shuts down in order; does nothing when it has ended. */
  stop(): Promise<void>;
  /** Sends the signal and, if it ends the broker, waits for the end (SIGSTOP and SIGCONT do not). */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts again on the same port with the same data. */
  start(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const STOP_GRACE_MS = 10_000;

/**
 * Starts a real Apache Kafka (KRaft, one node) as a child of this process; it ends with this process,
 * however that ends.
 * @throws CannotStart without Java, a free disk or the asked-for port.
 */
export async function startKafka(options: KafkaOptions): Promise<RunningKafka> {
  await demandDisk(options.dataDir);
  const runtime = await prepareKafka(rehearse, options.onLog);
  return startWith(runtime, options);
}

async function rehearse(runtime: KafkaRuntime, dataDir: string): Promise<void> {
  const broker = await startWith(runtime, { dataDir });
  await broker.stop();
}

async function startWith(runtime: KafkaRuntime, options: KafkaOptions): Promise<RunningKafka> {
  const dataDir = resolve(options.dataDir);
  if (options.port !== undefined) await demandPort(options.port, 'Kafka', 'KAFKA_PORT');
  return startPatiently(async () => {
    const [port = 0, controllerPort = 0] = await freePorts(2);
    const own = options.port ?? port;
    const ports = { port: own, controllerPort, advertisedPort: options.advertisedPort ?? own };
    const broker = new EmbeddedKafka(runtime, dataDir, ports, options);
    try {
      await broker.start();
      return broker;
    } catch (error) {
      await broker.stop();
      throw error;
    }
  });
}

class EmbeddedKafka implements RunningKafka {
  #process: OwnedProcess | undefined;
  #exited: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly runtime: KafkaRuntime,
    private readonly dataDir: string,
    private readonly ports: KafkaPorts,
    private readonly options: KafkaOptions,
  ) {}

  get brokers(): string {
    return `127.0.0.1:${this.ports.advertisedPort}`;
  }

  get port(): number {
    return this.ports.port;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  get exited(): Promise<unknown> {
    return this.#exited;
  }

  async start(): Promise<void> {
    if (this.#process && !this.#process.exit) return;
    await this.#writeSettings();
    if (!existsSync(this.#path('log', 'meta.properties'))) await this.#format();
    const broker = await this.#java('kafka.Kafka', this.#path('server.properties'));
    this.#process = broker;
    this.#exited = broker.exited;
    await waitUntilReady(broker, { what: 'Kafka', timeoutMs: START_TIMEOUT_MS, ask: () => this.#answers() });
  }

  async stop(): Promise<void> {
    await this.#process?.end(STOP_GRACE_MS);
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    this.#process?.signal(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await this.#exited;
  }

  async #writeSettings(): Promise<void> {
    await mkdir(this.#path('log'), { recursive: true });
    await writeFile(this.#path('server.properties'), kafkaSettings(this.ports, this.#path('log')));
    await writeFile(this.#path('log4j2.properties'), LOGGING);
  }

  async #format(): Promise<void> {
    const clusterId = `c${randomBytes(16).toString('base64url').slice(1)}`;
    const tool = await this.#java(
      'kafka.tools.StorageTool',
      ...['format', '--standalone', '-t', clusterId, '-c', this.#path('server.properties')],
    );
    const { code } = await tool.exited;
    if (code !== 0)
      throw explain(new Error(`Kafka's storage could not be formatted:\n${tool.tail()}`), this.dataDir);
  }

  #java(mainClass: string, ...args: string[]): Promise<OwnedProcess> {
    const { onLog, heapMb = 256 } = this.options;
    return OwnedProcess.spawn({
      command: this.runtime.java,
      args: [
        `-Xmx${heapMb}m`,
        `-Dlog4j2.configurationFile=${this.#path('log4j2.properties')}`,
        ...this.runtime.javaArgs,
        mainClass,
        ...args,
      ],
      cwd: this.dataDir,
      ...(onLog && mainClass === 'kafka.Kafka' ? { onLine: onLog } : {}),
    });
  }

  /** The broker has registered with its controller and leads what it holds: clients need not wait. */
  async #answers(): Promise<boolean> {
    const { port } = this.ports;
    const kafka = new Kafka({
      clientId: 'clickjoin-readiness',
      brokers: [`127.0.0.1:${port}`],
      connectionTimeout: 1_000,
      requestTimeout: 2_000,
      retry: { retries: 0 },
      logLevel: logLevel.NOTHING,
      // Straight to the broker also where it sends clients to a proxy, which may not be there yet.
      socketFactory: ({ onConnect }) => connect({ host: '127.0.0.1', port }, onConnect),
    });
    const admin = kafka.admin();
    try {
      await admin.connect();
      const cluster = await admin.describeCluster();
      if (cluster.brokers.length !== 1) return false;
      const { topics } = await admin.fetchTopicMetadata();
      return topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
    } finally {
      await admin.disconnect();
    }
  }

  #path(...parts: string[]): string {
    return join(this.dataDir, ...parts);
  }
}

function explain(error: Error, dataDir: string): Error {
  if (!error.message.includes('No space left on device')) return error;
  return new CannotStart(`The disk that holds ${dataDir} is full: free about 500 MB and start again.`);
}
