import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { CannotStart } from '../infra/cannot-start';
import { demandDisk } from '../infra/disk';
import { demandPort, freePort } from '../infra/free-ports';
import { OwnedProcess } from '../infra/owned-process';
import { startPatiently } from '../infra/start-patiently';
import { waitUntilReady } from '../infra/wait-until';
import { type PostgresBinaries, postgresBinaries } from './postgres-binaries';
import { canReach, postgresUser, type SystemUser } from './unprivileged-user';

export interface PostgresOptions {
  /**
   * Holds the cluster and its password; the same folder again continues with the same data. When root
   * starts it, the server's user must be able to reach the folder: see `reachableDataDir`.
   */
  readonly dataDir: string;
  /** A free one by default. */
  readonly port?: number;
  /** False for throwaway data only: no fsync, so that a crash of the *machine* may ruin it. */
  readonly durable?: boolean;
  readonly onLog?: (line: string) => void;
}

export interface RunningPostgres {
  /** With user and password, for the maintenance database `postgres`. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Settles when the server has ended, for whatever reason. */
  readonly exited: Promise<unknown>;
  /** `fast` ends sessions and writes a checkpoint; `immediate` ends like a crash and recovers at the next start. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  /** Sends the signal to the server (its sessions end when it does) and waits for the end it brings. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts again on the same port with the same data. */
  start(): Promise<void>;
}

const USER = 'clickjoin';
const START_TIMEOUT_MS = 60_000;
const STOP_GRACE_MS = 10_000;

/**
 * Starts a real PostgreSQL on loopback as a child of this process; it ends with this process, however
 * that ends.
 * @throws CannotStart without a free disk or the asked-for port.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const home = resolve(options.dataDir);
  await demandDisk(home);
  const user = await postgresUser();
  const binaries = await postgresBinaries(user);
  if (options.port !== undefined) await demandPort(options.port, 'PostgreSQL', 'POSTGRES_PORT');
  if (user) await openTo(user, home);
  const password = await createCluster(home, binaries, user, options.durable ?? true);
  return startPatiently(async () => {
    const port = options.port ?? (await freePort());
    const server = new EmbeddedPostgres(home, port, password, binaries, user, options);
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.stop('immediate');
      throw error;
    }
  });
}

class EmbeddedPostgres implements RunningPostgres {
  #process: OwnedProcess | undefined;
  #exited: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly home: string,
    readonly port: number,
    private readonly password: string,
    private readonly binaries: PostgresBinaries,
    private readonly user: SystemUser | undefined,
    private readonly options: PostgresOptions,
  ) {}

  get url(): string {
    return `postgres://${USER}:${this.password}@127.0.0.1:${this.port}/postgres`;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  get exited(): Promise<unknown> {
    return this.#exited;
  }

  async start(): Promise<void> {
    if (this.#process && !this.#process.exit) return;
    const { onLog } = this.options;
    const settings = postgresSettings(this.port, this.options.durable ?? true);
    const server = await OwnedProcess.spawn({
      command: this.binaries.postgres,
      args: ['-D', join(this.home, 'data'), ...settings.flatMap((setting) => ['-c', setting])],
      cwd: join(this.home, 'data'),
      env: postgresEnvironment(),
      // SIGTERM would wait until every client has gone by itself.
      endSignal: 'SIGINT',
      ...this.user,
      ...(onLog ? { onLine: onLog } : {}),
    });
    this.#process = server;
    this.#exited = server.exited;
    await waitUntilReady(server, {
      what: 'PostgreSQL',
      timeoutMs: START_TIMEOUT_MS,
      ask: () => this.#answers(),
    });
  }

  async stop(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    await this.#process?.end(STOP_GRACE_MS, mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    this.#process?.signal(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT' && signal !== 'SIGHUP') await this.#exited;
  }

  async #answers(): Promise<boolean> {
    const client = new Client({ connectionString: this.url, connectionTimeoutMillis: 2_000 });
    // A server that goes down between connect and query must not crash this process.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT 1');
      return true;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

function postgresSettings(port: number, durable: boolean): string[] {
  return [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    'max_connections=200',
    'shared_buffers=64MB',
    'synchronous_commit=on',
    // Readers in the server's own process: three worker processes less on a small machine.
    'io_method=sync',
    'jit=off',
    'max_wal_size=512MB',
    'log_min_messages=warning',
    'log_checkpoints=off',
    // Whoever shows the lines puts time and name in front of them.
    'log_line_prefix=',
    ...(durable ? [] : ['fsync=off', 'full_page_writes=off']),
  ];
}

/** @returns the superuser's password, made with the cluster. */
async function createCluster(
  home: string,
  binaries: PostgresBinaries,
  user: SystemUser | undefined,
  durable: boolean,
): Promise<string> {
  const passwordFile = join(home, 'password');
  const data = join(home, 'data');
  // The password is written last: its absence means a cluster that was never finished.
  if (existsSync(passwordFile)) return (await readFile(passwordFile, 'utf8')).trim();
  await rm(data, { recursive: true, force: true });
  await mkdir(data, { mode: 0o700 });
  const password = randomBytes(18).toString('base64url');
  const handedIn = join(home, 'password.new');
  await writeFile(handedIn, `${password}\n`, { mode: 0o600 });
  if (user) for (const path of [data, handedIn]) await chown(path, user.uid, user.gid);
  const initdb = await OwnedProcess.spawn({
    command: binaries.initdb,
    args: [
      ...['--pgdata', data, '--username', USER, '--auth', 'scram-sha-256', '--pwfile', handedIn],
      // The same sorting and case rules on every machine, whatever locales it has.
      ...[
        '--encoding',
        'UTF8',
        '--locale-provider',
        'builtin',
        '--builtin-locale',
        'C.UTF-8',
        '--locale',
        'C',
      ],
      ...(durable ? [] : ['--no-sync']),
    ],
    cwd: data,
    env: postgresEnvironment(),
    ...user,
  });
  const { code } = await initdb.exited;
  await rm(handedIn);
  if (code !== 0) {
    const tail = initdb.tail();
    if (tail.includes('No space left on device')) {
      throw new CannotStart(`The disk that holds ${home} is full: free about 500 MB and start again.`);
    }
    throw new Error(`PostgreSQL's data folder could not be made:\n${tail}`);
  }
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  return password;
}

/** PG… variables of the caller's shell would redirect the server; messages must come in English. */
function postgresEnvironment(): NodeJS.ProcessEnv {
  const { PATH, TMPDIR } = process.env;
  return { PATH, ...(TMPDIR ? { TMPDIR } : {}), LC_ALL: 'C', TZ: 'UTC' };
}

async function openTo(user: SystemUser, home: string): Promise<void> {
  await chmod(home, 0o711);
  if (await canReach(join(home, 'data'), user)) return;
  throw new CannotStart(
    `PostgreSQL cannot run as root, and the user it runs as instead cannot reach ${home}: start Clickjoin as an ordinary user, or set DATABASE_URL to a server of your own.`,
  );
}
