/** The event's class is its contract: JSON Schema and validators are made from its decorators. */
export type EventClass<T extends object> = new () => T;

export type Retention =
  | { readonly kind: 'time'; readonly days: number }
  /** The newest record of each key is kept for ever. */
  | { readonly kind: 'compacted' };

export interface TopicDefinition<T extends object = object> {
  /** Without the installation's prefix. Also the CloudEvents type. */
  readonly name: string;
  readonly eventClass: EventClass<T>;
  readonly description: string;
  /** Undefined: the installation's default. */
  readonly partitions: number | undefined;
  readonly retention: Retention;
  /**
   * `log-append`: the broker dates the records as it takes them. For topics by whose timestamps two of them are
   * compared or a wait is counted: the clocks of two producers differ, and a record may lie in an outbox before it is
   * sent. Without it, timestamps are the producer's, of the moment it sent the record.
   */
  readonly timestamps?: 'log-append';
  /** What the key is, in words. */
  readonly keyedBy?: string;
  /** Records of one key stay in order. */
  keyOf(event: T): string;
  /** Same facts, same id: what a consumer dedupes by. */
  idOf(event: T): string;
  /** When it happened, by the facts in it (UTC). */
  timeOf(event: T): string;
}

/** A record on its way to Kafka. */
export interface OutboundRecord {
  /** Without the installation's prefix. */
  readonly topic: string;
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** A record without a value: to readers of a compacted topic the record of this key is gone. */
export interface TombstoneRecord extends Omit<OutboundRecord, 'value'> {
  readonly value: null;
}

/** Where records go that a consumer group can't take: the original bytes, with `dlq_*` headers. */
export const deadLetterTopic = (topic: string, group: string): string => `${topic}.${group}.dlq`;
