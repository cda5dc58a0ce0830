export interface StockPolicy {
  readonly low: number;
  readonly high: number;
  /** No demand raises the high mark above this. */
  readonly max: number;
}

export interface StockLevel {
  /** Links in the database that nobody has leased. */
  readonly free: number;
  /** Links leased by all instances within the last `DEMAND_SPAN_MS`. */
  readonly leasedLately: number;
}

/**
 * Nobody decides anything by a larger number (`STOCK_MAX` has the same bound), and a channel of a viral ad has leased
 * millions of links in ten minutes: counting them all, at each look, would be most of what PostgreSQL does.
 */
export const MOST_COUNTED = 20_000;

/** Over how long demand is counted. */
export const DEMAND_SPAN_MS = 10 * 60_000;
/** The low mark covers the demand of this long: what minting may need to get going again after a 429. */
const COVERED_MS = 5 * 60_000;

/** Low and high mark for the demand of late: a channel that sells out in a minute needs more than a quiet one. */
export function marksFor({ leasedLately }: StockLevel, policy: StockPolicy): { low: number; high: number } {
  const covered = Math.ceil((leasedLately * COVERED_MS) / DEMAND_SPAN_MS);
  const high = Math.min(Math.max(policy.high, 2 * covered), Math.max(policy.max, policy.high));
  return { low: Math.min(Math.max(policy.low, covered), high), high };
}

/**
 * How many links to mint. Minting begins below the low mark and goes on to the high one (`isFilling`), so that a
 * channel near its mark is not refilled link by link.
 */
export function linksToMint(level: StockLevel, policy: StockPolicy, isFilling: boolean): number {
  const { low, high } = marksFor(level, policy);
  return level.free < (isFilling ? high : low) ? high - level.free : 0;
}

/** How many links an instance should hold in memory: some seconds of its own demand. */
export function linksToHold(demandPerSecond: number, leaseMin: number): number {
  return Math.min(Math.max(leaseMin, Math.ceil(demandPerSecond * HELD_SECONDS)), MOST_HELD);
}

/** Outlives a short outage of the database under load; a crash wastes as many. */
const HELD_SECONDS = 20;
const MOST_HELD = 5_000;
