import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../infra/cannot-start';

export interface Restartable {
  readonly name: string;
  start(): Promise<void>;
}

export interface KeepRunningOptions {
  readonly say: (text: string) => void;
  /** Aborted when the system is to stop: nothing is started again then. */
  readonly stopping: AbortSignal;
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
}

/**
 * Starts what ended by itself again, after a pause that doubles with each failure, until it runs or the
 * system stops.
 */
export async function startAgain(
  what: Restartable,
  reason: string,
  options: KeepRunningOptions,
): Promise<void> {
  const { say, stopping, firstPauseMs = 1_000, longestPauseMs = 30_000 } = options;
  let why = reason;
  for (let pauseMs = firstPauseMs; !stopping.aborted; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    say(`${what.name} ${why}; it is started again in ${pauseMs / 1000} s`);
    try {
      await pause(pauseMs, undefined, { signal: stopping });
    } catch {
      return;
    }
    try {
      await what.start();
      say(`${what.name} runs again`);
      return;
    } catch (error) {
      why = `could not be started (${messageOf(error)})`;
    }
  }
}
