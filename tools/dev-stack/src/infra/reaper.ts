import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { type Writable } from 'node:stream';

/**
 * This process's link to its reaper (bin/reaper.mjs), which ends the process groups and removes the
 * folders registered here when this process dies without doing so. It is started with the first
 * registration and leaves by itself with the last.
 */
class Reaper {
  #process: ChildProcessByStdio<Writable, null, null> | undefined;
  readonly #held = new Set<number | string>();

  /** @param signal how the group is asked to end before it is killed. */
  watch(pid: number, signal: NodeJS.Signals): void {
    this.#hold(pid, { watch: pid, signal });
  }

  forget(pid: number): void {
    this.#release(pid, { forget: pid });
  }

  /** Has a temporary folder removed after the last process group has ended. */
  removeLater(folder: string): void {
    this.#hold(folder, { folder });
  }

  keep(folder: string): void {
    this.#release(folder, { keep: folder });
  }

  #hold(what: number | string, message: object): void {
    this.#held.add(what);
    this.#process ??= startReaper();
    this.#process.stdin.write(`${JSON.stringify(message)}\n`);
  }

  #release(what: number | string, message: object): void {
    if (!this.#held.delete(what)) return;
    this.#process?.stdin.write(`${JSON.stringify(message)}\n`);
    if (this.#held.size > 0) return;
    this.#process?.stdin.end();
    this.#process = undefined;
  }
}

function startReaper(): ChildProcessByStdio<Writable, null, null> {
  const child = spawn(process.execPath, [join(__dirname, '../../bin/reaper.mjs')], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // A reaper that cannot be written to is one that somebody killed: the run goes on without its net.
  child.stdin.on('error', () => undefined);
  child.on('error', () => undefined);
  child.unref();
  // The pipe must not keep the parent's event loop alive either.
  if (child.stdin instanceof Socket) child.stdin.unref();
  return child;
}

export const reaper = new Reaper();
