/** Longer than any wait that is asked for in between: whoever has not come back by then won't come to this instance. */
const FORGOTTEN_AFTER_MS = 10 * 60_000;

/**
 * Who is being made to wait at Telegram. Telegram keeps twice as many people's queues loaded as the webhook has
 * connections, and delivers nothing at all once all of them fail (reference/telegram-bot-api.md §3): so only so many may.
 */
export class WaitingPlaces {
  private readonly takenAtMs = new Map<string, number>();

  constructor(private readonly places: number) {}

  /** @returns whether there is a place, or it had one. */
  take(who: string, nowMs: number): boolean {
    if (!this.takenAtMs.has(who) && this.takenAtMs.size >= this.places) this.dropForgotten(nowMs);
    if (!this.takenAtMs.has(who) && this.takenAtMs.size >= this.places) return false;
    // Anew, so that the map stays in the order of the last take.
    this.takenAtMs.delete(who);
    this.takenAtMs.set(who, nowMs);
    return true;
  }

  leave(who: string): void {
    this.takenAtMs.delete(who);
  }

  private dropForgotten(nowMs: number): void {
    for (const [who, takenAtMs] of this.takenAtMs) {
      if (nowMs - takenAtMs < FORGOTTEN_AFTER_MS) return;
      this.takenAtMs.delete(who);
    }
  }
}
