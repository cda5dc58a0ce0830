import { EventEmitter } from 'node:events';
import { type Exit, OwnedProcess } from '../infra/owned-process';
import { waitUntilReady } from '../infra/wait-until';

export interface ServiceOptions {
  /** Shown in front of its log lines. */
  readonly name: string;
  /** The file Node runs. */
  readonly entry: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
  /** The address it listens on; 127.0.0.1 without it. */
  readonly host?: string;
  readonly readyPath?: string;
  readonly startTimeoutMs?: number;
  /** How long it may take over its last batch after SIGTERM before it is killed. */
  readonly stopGraceMs?: number;
  /** Stacks in the words of the sources, for 25 MB and a fifth of a second; true without it. */
  readonly sourceMaps?: boolean;
  readonly onLine?: (line: string) => void;
}

/** Ways in which a service ends: asked to by `stop` or `kill`, or by itself, which is an event. */
export interface ServiceEvents {
  died: [exit: Exit];
}

const LOOPBACK = '127.0.0.1';
const START_TIMEOUT_MS = 60_000;
const STOP_GRACE_MS = 15_000;
const ASK_TIMEOUT_MS = 5_000;

/** One service (or the sandbox) as a process that can be killed and started again on the same port. */
export class ServiceProcess extends EventEmitter<ServiceEvents> {
  #process: OwnedProcess | undefined;
  /** The process that was told to end: its end is no surprise. */
  #dismissed: OwnedProcess | undefined;

  constructor(readonly options: ServiceOptions) {
    super();
  }

  get name(): string {
    return this.options.name;
  }

  get url(): string {
    const { host = LOOPBACK, port } = this.options;
    // All addresses of this machine: the loopback one is among them.
    return `http://${host === '0.0.0.0' ? LOOPBACK : host}:${port}`;
  }

  get pid(): number | undefined {
    return this.isRunning ? this.#process?.pid : undefined;
  }

  get isRunning(): boolean {
    return this.#process !== undefined && !this.#process.exit;
  }

  /**
   * Starts the process and waits until it reports ready; does nothing when it runs.
   * @throws with its last log lines when it ends first or is not ready in time.
   */
  async start(): Promise<void> {
    if (this.isRunning) return;
    const {
      name,
      entry,
      args = [],
      onLine,
      startTimeoutMs = START_TIMEOUT_MS,
      sourceMaps = true,
    } = this.options;
    const started = await OwnedProcess.spawn({
      command: process.execPath,
      args: [...(sourceMaps ? ['--enable-source-maps'] : []), entry, ...args],
      env: this.#environment(),
      ...(onLine ? { onLine } : {}),
    });
    this.#process = started;
    void started.exited.then((exit) => {
      if (this.#dismissed !== started) this.emit('died', exit);
    });
    try {
      await waitUntilReady(started, { what: name, timeoutMs: startTimeoutMs, ask: () => this.isReady() });
    } catch (error) {
      await this.kill('SIGKILL');
      throw error;
    }
  }

  /** Lets it finish its work (SIGTERM) and waits for its end. */
  async stop(): Promise<Exit | undefined> {
    this.#dismissed = this.#process;
    return this.#process?.end(this.options.stopGraceMs ?? STOP_GRACE_MS, 'SIGTERM');
  }

  /** Sends the signal and, if it ends the process, waits for the end (SIGSTOP and SIGCONT do not). */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const ends = signal !== 'SIGSTOP' && signal !== 'SIGCONT';
    if (ends) this.#dismissed = this.#process;
    this.#process?.signal(signal);
    if (ends) await this.#process?.exited;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Whether it says that it can do its work now. */
  async isReady(): Promise<boolean> {
    const { readyPath = '/health/ready' } = this.options;
    const response = await fetch(`${this.url}${readyPath}`, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
    if (response.ok) return true;
    throw new Error(`${readyPath} answered ${response.status}: ${(await response.text()).slice(0, 500)}`);
  }

  #environment(): NodeJS.ProcessEnv {
    // Under Jest it is "test", which makes kafkajs choose other retries than in production.
    return { ...process.env, NODE_ENV: 'production', ...this.options.env };
  }
}
