import type { Clock } from '@clickjoin/contracts';

/** For warnings about something that thousands of visitors meet: says when a line is due, and how many it stands for. */
export class RareLog {
  private readonly silent = new Map<string, { since: number; count: number }>();

  constructor(
    private readonly everyMs: number,
    private readonly clock: Clock,
  ) {}

  /** @returns undefined: not now; else how many times it happened since the last line, this one included */
  due(key = ''): number | undefined {
    const now = this.clock.now();
    const state = this.silent.get(key);
    if (state !== undefined && now - state.since < this.everyMs) {
      state.count += 1;
      return undefined;
    }
    this.silent.set(key, { since: now, count: 0 });
    return (state?.count ?? 0) + 1;
  }
}
