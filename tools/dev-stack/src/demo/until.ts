import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../infra/cannot-start';

/**
 * Asks until there is an answer.
 * @param ask undefined or a rejection means "not yet".
 * @throws naming `what` when there is none in time.
 */
export async function until<T>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let last = '';
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = ` (${messageOf(error)})`;
    }
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain until ${what}${last}`);
    await pause(100);
  }
}
