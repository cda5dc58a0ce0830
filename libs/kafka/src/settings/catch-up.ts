import { Logger } from '@nestjs/common';
import type { KafkaClient } from '../client/kafka-client';

/** Without a record for this long, although fetches are answered, there is none. */
const QUIET_MS = 5_000;

/** Knows when topics have been read up to where they ended at the beginning. */
export class CatchUp {
  private readonly logger = new Logger(CatchUp.name);
  private quietTimer: NodeJS.Timeout | undefined;
  private fetches = 0;

  private constructor(
    /** By topic and partition: the offsets still to be reached. */
    private readonly missing: Map<string, Map<number, bigint>>,
  ) {}

  static async begin(client: KafkaClient, topics: readonly string[]): Promise<CatchUp> {
    const missing = new Map<string, Map<number, bigint>>();
    for (const topic of topics) {
      const ranges = await client.offsetRanges(topic);
      missing.set(
        topic,
        new Map(
          [...ranges]
            .filter(([, { start, end }]) => end > start)
            .map(([partition, { end }]) => [partition, end]),
        ),
      );
    }
    return new CatchUp(missing);
  }

  reached(topic: string, partition: number, next: bigint): void {
    const partitions = this.missing.get(topic);
    const end = partitions?.get(partition);
    if (end !== undefined && next >= end) partitions?.delete(partition);
    this.quietTimer?.refresh();
  }

  fetched(): void {
    this.fetches += 1;
  }

  isDone(topic: string): boolean {
    return (this.missing.get(topic)?.size ?? 0) === 0;
  }

  /**
   * Compaction can take the last records of a topic away: its end is then never reached by a record. When
   * fetches bring nothing for a while, all is in.
   */
  joined(onDone: () => void): void {
    this.quietTimer ??= setTimeout(() => {
      if (this.fetches < 2) {
        this.quietTimer?.refresh();
        return;
      }
      this.logger.log(
        { topics: [...this.missing.keys()].filter((topic) => !this.isDone(topic)) },
        'topics end in compacted records',
      );
      this.missing.clear();
      onDone();
    }, QUIET_MS);
  }

  stop(): void {
    clearTimeout(this.quietTimer);
    this.quietTimer = undefined;
  }
}
