import type { BatchTransactions } from './slice';

/** Kafka's name for the first offset that a partition still has. */
export const EARLIEST = -2n;

/** The database's offsets of one assignment, read once and moved along. A new assignment gets a new one. */
export class Positions {
  private readonly known = new Map<string, Promise<bigint | undefined>>();
  /** Where each partition was last sent by a seek, so that a real gap is not sought for ever. */
  private readonly sought = new Map<string, bigint>();

  constructor(
    private readonly transactions: Pick<BatchTransactions<unknown>, 'position'>,
    private readonly group: string,
  ) {}

  /** The next offset to process; undefined when the group never processed this partition. */
  async read(topic: string, partition: number): Promise<bigint | undefined> {
    const name = nameOf(topic, partition);
    const reading = this.known.get(name) ?? this.transactions.position(this.group, topic, partition);
    this.known.set(name, reading);
    try {
      return await reading;
    } catch (error) {
      if (this.known.get(name) === reading) this.known.delete(name);
      throw error;
    }
  }

  moved(topic: string, partition: number, offset: bigint): void {
    this.known.set(nameOf(topic, partition), Promise.resolve(offset));
  }

  /** Somebody else has moved the partition: what we knew is wrong. */
  forget(topic: string, partition: number): void {
    this.known.delete(nameOf(topic, partition));
  }

  /** @returns whether it was not sought already */
  noteSeek(topic: string, partition: number, offset: bigint): boolean {
    const name = nameOf(topic, partition);
    if (this.sought.get(name) === offset) return false;
    this.sought.set(name, offset);
    return true;
  }
}

const nameOf = (topic: string, partition: number): string => `${topic}/${partition}`;
