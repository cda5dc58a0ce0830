import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { portIsFree } from './free-ports';

const packageRoot = join(__dirname, '../..');

interface Report {
  readonly folder: string;
  readonly ports: readonly number[];
  readonly pids: readonly number[];
}

/** A process of its own that owns a Kafka, a PostgreSQL and a temporary folder. */
async function startParent(): Promise<{ pid: number; report: Report; exited: Promise<unknown> }> {
  const args = ['--conditions=@clickjoin/source', 'test/from-source.mjs', 'test/stack-parent.ts'];
  const parent = spawn(process.execPath, args, {
    cwd: packageRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(parent, 'exit');
  for await (const line of createInterface({ input: parent.stdout })) {
    if (line.startsWith('{')) return { pid: parent.pid ?? 0, report: JSON.parse(line) as Report, exited };
  }
  throw new Error('the parent ended without starting its stack');
}

async function eventually(holds: () => Promise<boolean> | boolean): Promise<boolean> {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    if (await holds()) return true;
    await pause(50);
  }
  return false;
}

describe('the reaper', () => {
  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'ends Kafka and PostgreSQL and removes their folder after %s of their parent',
    async (signal) => {
      const { pid, report, exited } = await startParent();
      expect(existsSync(report.folder)).toBe(true);
      for (const port of report.ports) await expect(portIsFree(port)).resolves.toBe(false);

      process.kill(pid, signal);
      await exited;

      for (const port of report.ports) expect(await eventually(() => portIsFree(port))).toBe(true);
      for (const started of report.pids) expect(await eventually(() => !isRunning(started))).toBe(true);
      expect(await eventually(() => !existsSync(report.folder))).toBe(true);
    },
  );
});

/** A zombie still takes signals; the port and the folder above say that it has ended. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync('/proc/self/stat') || existsSync(`/proc/${pid}/exe`);
  } catch {
    return false;
  }
}
