/** One record of a slice, decoded and checked against its contract. */
export interface Message<T extends object = object> {
  readonly event: T;
  readonly key: string;
  readonly offset: bigint;
  /**
   * Ms since the Unix epoch, not a fact of the event. When Kafka took it if the topic has `timestamps: 'log-append'`;
   * otherwise when the producer sent it, by the producer's clock.
   */
  readonly timestamp: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The value as it lies in the log. */
  readonly raw: Buffer | null;
}

/** Consecutive records of one partition that are handled in one transaction. */
export interface Slice<T extends object = object> {
  /** Without the installation's prefix. */
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly Message<T>[];
}

/** What the handler needs besides the messages. */
export interface SliceContext<Tx> {
  /** The transaction that also moves the offset: effects go through it, or happen twice after a crash. */
  readonly tx: Tx;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** The offset that the transaction moves the partition to. */
  readonly to: bigint;
}

/** What became of one message. */
export type Outcome =
  | { readonly kind: 'done' }
  /** Nothing to do, and why: counted. */
  | { readonly kind: 'skipped'; readonly reason: string }
  /** Can't be handled, now or later: goes to the dead-letter topic with its original bytes. */
  | { readonly kind: 'dead-letter'; readonly reason: string };

export const done: Outcome = { kind: 'done' };
export const skipped = (reason: string): Outcome => ({ kind: 'skipped', reason });
export const deadLetter = (reason: string): Outcome => ({ kind: 'dead-letter', reason });

/** A handler gets the messages in order and answers with one outcome for each, in the same order. */
export type SliceHandler<T extends object = object, Tx = unknown> = (
  slice: Slice<T>,
  context: SliceContext<Tx>,
) => Promise<readonly Outcome[]>;

/** The move of a partition's offset that makes a transaction the only one of its kind. */
export interface OffsetMove {
  readonly group: string;
  /** Without the installation's prefix. */
  readonly topic: string;
  readonly partition: number;
  /** Where the partition must stand; undefined: nowhere yet. */
  readonly from: bigint | undefined;
  /** The next offset to process afterwards. */
  readonly to: bigint;
}

export type MoveResult<R> = { readonly kind: 'committed'; readonly value: R } | { readonly kind: 'fenced' };

/**
 * Where the offsets are kept: in the same database as the effects, moved in the same transaction. Kafka's
 * committed offsets are only a hint.
 */
export interface BatchTransactions<Tx> {
  /** The next offset to process; undefined when the group never processed this partition. */
  position(group: string, topic: string, partition: number): Promise<bigint | undefined>;
  /**
   * One transaction: compare and set the offset, work, commit. `fenced`: the partition does not stand at
   * `from`; nothing was done. Rejects with what `work` threw, rolled back.
   */
  run<R>(move: OffsetMove, work: (tx: Tx) => Promise<R>): Promise<MoveResult<R>>;
  /** Errors of this database that come from the surroundings, besides those that every driver names by a code. */
  isTransient?(error: unknown): boolean;
}
