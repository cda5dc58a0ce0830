/** What one run of one contender gave. */
export interface Sample {
  /** The figure that is compared, in the bench's unit; more is better. */
  readonly value: number;
  /** Shown beside it: latencies, sizes. */
  readonly details: Readonly<Record<string, number>>;
}

/** One way to do the work. Does it once for each round, and checks the result. */
export interface Contender {
  readonly name: string;
  /** @throws when the result is wrong: a fast wrong answer is no figure */
  run(): Promise<Sample>;
}

/** A figure of ours that has no peer, with what it should be. */
export interface Reading {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly atMost?: number;
}

/** Takes readings; once in each counted round, after the contenders. */
export interface Probe {
  readonly name: string;
  /** @throws when the result is wrong */
  run(): Promise<readonly Reading[]>;
}

/** Contenders whose surroundings stand. The first is ours, the others are its peers. */
export interface Arena {
  readonly contenders: readonly [Contender, ...Contender[]];
  readonly probes?: readonly Probe[];
  close(): Promise<void>;
}

/** How much is to be done; each bench takes what fits it. */
export interface Load {
  readonly records: number;
  readonly callers: number;
  readonly bytes: number;
  readonly events?: number;
  readonly conversions?: number;
  /** How many minutes' work lies there after an outage, and for how long it is really one. */
  readonly outageMinutes?: number;
  readonly outageSeconds?: number;
  /** Small, to see that it works: no figures for a record. */
  readonly quick?: boolean;
}

export interface Bench {
  readonly name: string;
  readonly summary: string;
  /** Of `Sample.value`. */
  readonly unit: string;
  open(load: Load): Promise<Arena>;
}
