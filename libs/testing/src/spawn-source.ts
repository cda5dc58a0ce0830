import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** Both outputs are to be read: a process stands still when nobody takes what it says. */
export type SourceProcess = ChildProcessByStdio<null, Readable, Readable>;

/**
 * Runs a TypeScript file of the workspace as a process, without a build: specs that kill processes need real ones,
 * and a build that is not of these sources would test something else.
 * @param file absolute
 * @param env nothing of this process's own goes along
 */
export function spawnSource(
  file: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): SourceProcess {
  const register = join(__dirname, '..', 'register-source.cjs');
  return spawn(process.execPath, ['--conditions=@clickjoin/source', '-r', register, file, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
