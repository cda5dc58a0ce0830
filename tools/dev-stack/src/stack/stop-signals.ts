const REPEAT_MS = 1_000;

/**
 * Resolves with the first request to stop: Ctrl-C, SIGTERM, SIGHUP, or the end of the launcher that
 * started this process (its IPC channel closes even after kill -9). A request repeated later than a
 * second after that means "at once": the process exits, and the reaper ends what is left. Ctrl-C
 * reaches a process twice, from the terminal and from its launcher, hence the second.
 */
export function stopRequested(): Promise<string> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const request = (reason: string) => (): void => {
      if (firstAt !== undefined && Date.now() - firstAt > REPEAT_MS) process.exit(1);
      firstAt ??= Date.now();
      resolve(reason);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, request(signal));
    if (process.connected) process.once('disconnect', request('the launcher ended'));
  });
}
