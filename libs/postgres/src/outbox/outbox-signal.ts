import { WakeUp } from '@clickjoin/service-kit';

/** What a transaction in another instance rings. */
export const OUTBOX_CHANNEL = 'clickjoin_outbox';

/** Tells the relay of this process that rows were committed, so that it needn't wait for its next look. */
export class OutboxSignal {
  /** Whether this process's relay holds the lock: then commits here needn't NOTIFY, which locks database-wide. */
  leaderIsHere = false;

  private readonly wakeUp = new WakeUp();

  wake(): void {
    this.wakeUp.now();
  }

  /** Returns at a wake-up since the last wait, after the time, or when aborted. */
  wait(timeoutMs: number, aborted: AbortSignal): Promise<void> {
    return this.wakeUp.within(timeoutMs, aborted);
  }
}
