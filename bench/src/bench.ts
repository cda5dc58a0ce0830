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
  /**
   * @param isWarmUp whether the result does not count: then less will do
   * @throws when the result is wrong: a fast wrong answer is no figure
   */
  run(isWarmUp: boolean): Promise<Sample>;
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
  /** In so many of the last rounds only; in all of them without it. */
  readonly rounds?: number;
  /** @throws when the result is wrong */
  run(round: number): Promise<readonly Reading[]>;
}

/** Contenders whose surroundings stand. The first is ours, the others are its peers; none: probes alone. */
export interface Arena {
  readonly contenders: readonly Contender[];
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
  /** Of them, how many for the variant that sends each in a request of its own. */
  readonly aloneConversions?: number;
  /** How long an outage really lasts, and how much comes meanwhile. */
  readonly outageSeconds?: number;
  readonly outageRate?: number;
  /** Which parts of a bench; all without it. */
  readonly parts?: readonly string[];
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
