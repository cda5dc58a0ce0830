/** A wait that can be cut short, for a loop that sleeps between its rounds. At most one waits at a time. */
export class WakeUp {
  private isAwake = false;
  private end: () => void = () => undefined;

  /** Ends the wait that is on, or else the next one at once: no call is lost. */
  now(): void {
    this.isAwake = true;
    this.end();
  }

  /** Ends at a wake-up since the last wait, after the time, or when aborted. Holds no process open by itself. */
  async within(ms: number, aborted?: AbortSignal): Promise<void> {
    if (!this.isAwake && aborted?.aborted !== true) {
      await new Promise<void>((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          aborted?.removeEventListener('abort', end);
          resolve();
        };
        const timer = setTimeout(end, ms).unref();
        aborted?.addEventListener('abort', end);
        this.end = end;
      });
    }
    this.isAwake = false;
  }
}
