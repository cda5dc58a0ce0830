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

/** Contenders whose surroundings stand. The first is ours, the others are its peers. */
export interface Arena {
  readonly contenders: readonly [Contender, ...Contender[]];
  close(): Promise<void>;
}

/** How much is to be done; each bench takes what fits it. */
export interface Load {
  readonly records: number;
  readonly callers: number;
  readonly bytes: number;
}

export interface Bench {
  readonly name: string;
  readonly summary: string;
  /** Of `Sample.value`. */
  readonly unit: string;
  open(load: Load): Promise<Arena>;
}
