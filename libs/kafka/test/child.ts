import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

type Line = Readonly<Record<string, unknown>>;

/** A process that says in JSON lines what it does, such as consumer-process.ts. */
export class Child {
  readonly lines: Line[] = [];
  private stderr = '';
  private readonly exited: Promise<unknown>;
  private waiting: (() => void)[] = [];

  constructor(private readonly child: ChildProcessByStdio<null, Readable, Readable>) {
    this.exited = once(child, 'exit');
    child.stderr.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    createInterface(child.stdout).on('line', (line) => {
      if (line.startsWith('{"')) this.lines.push(JSON.parse(line) as Line);
      for (const wake of this.waiting.splice(0)) wake();
    });
    child.on('exit', () => {
      for (const wake of this.waiting.splice(0)) wake();
    });
  }

  /** @throws when it ends before */
  async until(found: (lines: readonly Line[]) => boolean): Promise<void> {
    while (!found(this.lines)) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`the consumer ended too early: ${JSON.stringify(this.lines)} ${this.stderr}`);
      }
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** @returns the exit code; null after a signal that ended it at once */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill(signal);
      await this.exited;
    }
    return this.child.exitCode;
  }
}
