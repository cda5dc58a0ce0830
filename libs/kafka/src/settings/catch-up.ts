import type { KafkaClient } from '../client/kafka-client';

/**
 * Knows when topics have been read up to where they ended at the beginning. A topic's last record is always there:
 * compaction leaves the segment alone that is being written.
 */
export class CatchUp {
  private constructor(
    /** By topic and partition: the offsets still to be reached. */
    private readonly missing: ReadonlyMap<string, Map<number, bigint>>,
    private readonly ends: ReadonlyMap<string, ReadonlyMap<number, bigint>>,
  ) {}

  static async begin(client: KafkaClient, topics: readonly string[]): Promise<CatchUp> {
    const missing = new Map<string, Map<number, bigint>>();
    const ends = new Map<string, Map<number, bigint>>();
    for (const topic of topics) {
      const ranges = await client.offsetRanges(topic);
      const notEmpty = [...ranges].filter(([, { start, end }]) => end > start);
      missing.set(topic, new Map(notEmpty.map(([partition, { end }]) => [partition, end])));
      ends.set(topic, new Map([...ranges].map(([partition, { end }]) => [partition, end])));
    }
    return new CatchUp(missing, ends);
  }

  reached(topic: string, partition: number, next: bigint): void {
    const partitions = this.missing.get(topic);
    const end = partitions?.get(partition);
    if (end !== undefined && next >= end) partitions?.delete(partition);
  }

  /** Ends before where it was read to already: it is not the topic that it was. */
  isShorterThan(topic: string, readTo: ReadonlyMap<number, bigint>): boolean {
    const ends = this.ends.get(topic);
    return [...readTo].some(([partition, next]) => (ends?.get(partition) ?? 0n) < next);
  }

  isDone(topic: string): boolean {
    return (this.missing.get(topic)?.size ?? 0) === 0;
  }
}
