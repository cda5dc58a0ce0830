/** As long as one counts. */
const COUNTS_FOR_MS = 15 * 60_000;

/** How often of late somebody else has taken a bot's updates. */
export class Takeovers {
  private atMs: readonly number[] = [];

  happened(nowMs: number): void {
    this.atMs = [...this.recent(nowMs), nowMs];
  }

  count(nowMs: number): number {
    return this.recent(nowMs).length;
  }

  private recent(nowMs: number): readonly number[] {
    return this.atMs.filter((at) => nowMs - at < COUNTS_FOR_MS);
  }
}
