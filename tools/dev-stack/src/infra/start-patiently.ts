import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from './cannot-start';

const PORT_RACES = 3;
const LOCK_PATIENCE_MS = 10_000;

/**
 * Starts a server, and again where the reason it failed goes away by itself: another program took the
 * free port first (`start` picks a new one), or an earlier owner that was killed is still being ended
 * and holds the folder.
 */
export async function startPatiently<T>(start: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + LOCK_PATIENCE_MS;
  for (let races = 1; ;) {
    try {
      return await start();
    } catch (error) {
      const message = messageOf(error);
      const held =
        /lock file "postmaster\.pid" already exists|Failed to acquire lock|pre-existing shared memory/;
      if (held.test(message) && Date.now() < deadline) await pause(300);
      else if (/Address already in use/i.test(message) && races < PORT_RACES) races++;
      else throw error;
    }
  }
}
