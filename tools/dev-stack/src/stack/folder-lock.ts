import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { CannotStart, explainDisk } from '../infra/cannot-start';

export interface FolderLock {
  /** The last one to hold it died: what it had started may be ending only now. */
  readonly isTakenOver: boolean;
  release(): Promise<void>;
}

interface Holder {
  readonly pid: number;
  readonly port: number;
  readonly token: string;
}

const ANSWER_TIMEOUT_MS = 1_000;

/**
 * Makes this process the only one that works in the folder. The holder answers on a port of its own with
 * a token from the lock file, so a lock whose holder died (kill -9, power cut) is known to be stale: a
 * pid alone would not do, since the system gives it to strangers.
 * @throws CannotStart when another process holds it.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const file = join(folder, 'lock.json');
  const holder = await readHolder(file);
  if (holder && (await answers(holder))) {
    throw new CannotStart(
      `Clickjoin already runs on ${folder} (process ${holder.pid}): stop that one first, or start this one with another --data-dir.`,
    );
  }
  const token = randomUUID();
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(token);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(file, JSON.stringify({ pid: process.pid, port, token } satisfies Holder), {
      mode: 0o600,
    });
  } catch (error) {
    server.close();
    throw explainDisk(error, folder);
  }
  return {
    isTakenOver: holder !== undefined,
    release: async () => {
      server.close();
      await rm(file, { force: true });
    },
  };
}

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Holder;
  } catch {
    // Absent, or cut short by a power cut: nobody can be holding it.
    return undefined;
  }
}

function answers({ port, token }: Holder): Promise<boolean> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect({ host: '127.0.0.1', port });
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(heard === token));
  });
}
