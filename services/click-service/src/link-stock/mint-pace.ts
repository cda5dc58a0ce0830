import type { Clock } from '@clickjoin/contracts';

/** Slowest pace, in links a second: one in ten seconds finds out whether the flood is over. */
const SLOWEST = 0.1;

/**
 * How fast a bot mints. Telegram's limit is undocumented and may change (reference §4.2), so it is found out: half as
 * fast after each 429, and slowly faster again with each link.
 */
export class MintPace {
  private perSecond: number;
  private freeAt = 0;

  constructor(
    private readonly maxPerSecond: number,
    private readonly clock: Clock,
  ) {
    this.perSecond = maxPerSecond;
  }

  get linksPerSecond(): number {
    return this.perSecond;
  }

  /** @returns how long to wait before making that many links, in milliseconds */
  reserve(links: number): number {
    const now = this.clock.now();
    const startAt = Math.max(now, this.freeAt);
    this.freeAt = startAt + (links / this.perSecond) * 1_000;
    return startAt - now;
  }

  succeeded(): void {
    this.perSecond = Math.min(this.maxPerSecond, this.perSecond + this.maxPerSecond / 50);
  }

  throttled(): void {
    this.perSecond = Math.max(Math.min(SLOWEST, this.maxPerSecond), this.perSecond / 2);
  }
}
