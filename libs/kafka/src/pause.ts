import { setTimeout as sleep } from 'node:timers/promises';

/** For backoff; never to wait for something that can be awaited itself. */
export const pause = async (durationMs: number): Promise<void> => {
  await sleep(Math.max(0, durationMs));
};

/** Waits for work, but not longer than this. The work itself goes on. */
export async function waitAtMost(durationMs: number, work: Promise<unknown> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, durationMs);
  });
  try {
    await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
