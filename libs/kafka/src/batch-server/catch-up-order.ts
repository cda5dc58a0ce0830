/** What it needs of a consumer; kafkajs' own. */
export interface Fetching {
  pause(places: { topic: string; partitions: number[] }[]): void;
  resume(places: { topic: string; partitions: number[] }[]): void;
}

/** A hold that no further batch of the earlier topic confirms ends by itself: nothing may wait for ever. */
const LONGEST_HOLD_MS = 10_000;

/**
 * Holds back the later topics of a partition while an earlier one lies behind. kafkajs fetches partitions in random
 * order and by bytes, so of two topics the one with smaller records would run ahead.
 */
export class CatchUpOrder {
  /** By partition: the topics that lie behind, with the end of their hold. */
  private readonly behind = new Map<number, Map<string, NodeJS.Timeout>>();
  private disposed = false;

  /**
   * @param topics names at the broker, in order
   * @param farBehind records from where on a partition holds others back
   */
  constructor(
    private readonly topics: readonly string[],
    private readonly farBehind: number,
    private readonly fetching: Fetching,
  ) {}

  /** After each batch. @param lag records of this partition that are not handled yet, as of the fetch */
  note(topic: string, partition: number, lag: number): void {
    if (this.disposed || topic === this.topics.at(-1)) return;
    if (lag >= this.farBehind) this.hold(topic, partition);
    else this.release(topic, partition);
  }

  /** Nothing is held any more; for the end of an assignment. */
  clear(): void {
    for (const [partition, topics] of this.behind) {
      for (const topic of [...topics.keys()]) this.release(topic, partition);
    }
  }

  /** For the end of its consumer, which would throw if it were asked for anything: out of a timer, that ends the process. */
  dispose(): void {
    this.disposed = true;
    for (const topics of this.behind.values()) for (const timer of topics.values()) clearTimeout(timer);
    this.behind.clear();
  }

  private hold(topic: string, partition: number): void {
    const holders = this.behind.get(partition) ?? new Map<string, NodeJS.Timeout>();
    this.behind.set(partition, holders);
    clearTimeout(holders.get(topic));
    holders.set(topic, setTimeout(() => this.release(topic, partition), LONGEST_HOLD_MS).unref());
    this.apply(partition);
  }

  private release(topic: string, partition: number): void {
    const holders = this.behind.get(partition);
    if (holders?.has(topic) !== true) return;
    clearTimeout(holders.get(topic));
    holders.delete(topic);
    if (holders.size === 0) this.behind.delete(partition);
    this.apply(partition);
  }

  private apply(partition: number): void {
    const holders = this.behind.get(partition);
    const first = this.topics.findIndex((topic) => holders?.has(topic) === true);
    for (const [index, topic] of this.topics.entries()) {
      const place = [{ topic, partitions: [partition] }];
      if (first >= 0 && index > first) this.fetching.pause(place);
      else if (index > 0) this.fetching.resume(place);
    }
  }
}
