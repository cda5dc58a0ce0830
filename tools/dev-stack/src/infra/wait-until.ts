import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from './cannot-start';
import { type OwnedProcess } from './owned-process';

/** A process that did not come up; the message ends with its own last words. */
export class NotReady extends Error {
  override readonly name = 'NotReady';
}

export interface ReadyOptions {
  /** What is awaited, as the subject of an error: "Kafka". */
  readonly what: string;
  readonly timeoutMs: number;
  /** One try; false or a rejection means "not yet". */
  readonly ask: () => Promise<boolean>;
}

/**
 * Asks until the process answers.
 * @throws NotReady when the process ends or the deadline passes first, with the last lines it wrote.
 */
export async function waitUntilReady(process: OwnedProcess, options: ReadyOptions): Promise<void> {
  const deadline = Date.now() + options.timeoutMs;
  let lastError = 'no answer';
  for (;;) {
    if (process.exit) {
      const { code, signal } = process.exit;
      throw new NotReady(
        `${options.what} ended while starting (${signal ?? `exit code ${String(code)}`}):\n${process.tail()}`,
      );
    }
    try {
      if (await options.ask()) return;
    } catch (error) {
      lastError = messageOf(error);
    }
    if (Date.now() > deadline) {
      throw new NotReady(
        `${options.what} was not ready after ${String(options.timeoutMs)} ms (${lastError}):\n${process.tail()}`,
      );
    }
    await pause(40);
  }
}
