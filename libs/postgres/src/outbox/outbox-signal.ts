/** What a transaction in another instance rings. */
export const OUTBOX_CHANNEL = 'clickjoin_outbox';

/** Tells the relay of this process that rows were committed, so that it needn't wait for its next look. */
export class OutboxSignal {
  /** Whether this process's relay holds the lock: then commits here needn't NOTIFY, which locks database-wide. */
  leaderIsHere = false;

  private rung = false;
  private release: (() => void) | undefined;

  wake(): void {
    this.rung = true;
    this.release?.();
  }

  /** Returns at a wake-up since the last wait, after the time, or when aborted. */
  async wait(timeoutMs: number, aborted: AbortSignal): Promise<void> {
    if (!this.rung && !aborted.aborted) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          aborted.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, timeoutMs);
        aborted.addEventListener('abort', done);
        this.release = done;
      });
      this.release = undefined;
    }
    this.rung = false;
  }
}
