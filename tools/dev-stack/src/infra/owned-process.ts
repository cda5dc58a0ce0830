import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { systemCode } from './cannot-start';
import { reaper } from './reaper';

export interface OwnedProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** How the process is asked to end; SIGTERM unless it means something else to it. */
  readonly endSignal?: NodeJS.Signals;
  readonly onLine?: (line: string) => void;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const TAIL_LINES = 30;

/**
 * A child process with a group of its own, so that Ctrl-C in a terminal reaches only us (we choose the
 * order in which things stop) and so that ending it ends its children; the reaper knows it.
 */
export class OwnedProcess {
  readonly pid: number;
  /** Settles when the process has ended; never rejects. */
  readonly exited: Promise<Exit>;
  #exit: Exit | undefined;
  readonly #tail: string[] = [];

  private constructor(
    child: ChildProcess,
    pid: number,
    private readonly options: OwnedProcessOptions,
  ) {
    this.pid = pid;
    reaper.watch(pid, options.endSignal ?? 'SIGTERM');
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#take(line));
    }
    this.exited = new Promise((resolve) => {
      // 'close' and not 'exit': the last lines of a crash are still in the pipes at 'exit'.
      child.once('close', (code, signal) => {
        this.#exit = { code, signal };
        reaper.forget(pid);
        resolve(this.#exit);
      });
    });
  }

  /** @throws the system's error when the command cannot be started (ENOENT, EACCES). */
  static async spawn(options: OwnedProcessOptions): Promise<OwnedProcess> {
    const spawnOptions: SpawnOptions = {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: options.env ?? process.env,
    };
    if (options.cwd !== undefined) spawnOptions.cwd = options.cwd;
    if (options.uid !== undefined) spawnOptions.uid = options.uid;
    if (options.gid !== undefined) spawnOptions.gid = options.gid;
    const child = spawn(options.command, [...options.args], spawnOptions);
    const { pid } = child;
    if (pid === undefined) {
      const failure: unknown[] = await once(child, 'error');
      throw failure[0];
    }
    return new OwnedProcess(child, pid, options);
  }

  get exit(): Exit | undefined {
    return this.#exit;
  }

  /** The last lines it wrote, for the message of an error about it. */
  tail(): string {
    return this.#tail.join('\n');
  }

  /** Sends the signal to the whole group; nothing happens when it has ended. */
  signal(signal: NodeJS.Signals): void {
    if (this.#exit) return;
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      // Ended a moment ago, and its 'close' is on the way.
      if (systemCode(error) !== 'ESRCH') throw error;
    }
  }

  /** Asks the process to end, kills the group when it has not within `graceMs`, and waits for its end. */
  async end(graceMs: number, signal: NodeJS.Signals = this.options.endSignal ?? 'SIGTERM'): Promise<Exit> {
    this.signal(signal);
    const killer = setTimeout(() => this.signal('SIGKILL'), graceMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(killer);
    }
  }

  #take(line: string): void {
    this.#tail.push(line);
    if (this.#tail.length > TAIL_LINES) this.#tail.shift();
    this.options.onLine?.(line);
  }
}
