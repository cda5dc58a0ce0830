import { Overloaded, PublishTimeout } from './publish-errors';
import type { PublishableRecord } from './record';

/** One call of publish or publishAll: its records settle together. */
export interface Call {
  readonly deadlineMs: number;
  unsettled: number;
  failure: Error | undefined;
  timer: NodeJS.Timeout | undefined;
  resolve(): void;
  reject(error: Error): void;
}

export interface Entry {
  readonly record: PublishableRecord;
  readonly bytes: number;
  readonly call: Call;
  /** `settled`: the caller knows the outcome; an entry that waits is then skipped. */
  state: 'waiting' | 'in-flight' | 'settled';
}

export interface QueueLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

export interface BatchLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/** First in, first out, bounded; a call that failed or timed out takes its waiting records with it. */
export class PublishQueue {
  private entries: Entry[] = [];
  private head = 0;
  private waitingRecords = 0;
  private waitingBytes = 0;

  constructor(
    private readonly limits: QueueLimits,
    private readonly onTimeout: (mayBeWritten: boolean) => void,
  ) {}

  get length(): number {
    return this.waitingRecords;
  }

  /** @throws Overloaded when not all of them fit */
  add(records: readonly PublishableRecord[], sizes: readonly number[], deadlineMs: number): Promise<void> {
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    if (
      this.waitingRecords + records.length > this.limits.maxRecords ||
      this.waitingBytes + bytes > this.limits.maxBytes
    ) {
      throw new Overloaded(
        `${this.waitingRecords} records (${this.waitingBytes} bytes) are waiting for Kafka`,
      );
    }
    return new Promise((resolve, reject) => {
      const call: Call = {
        deadlineMs,
        unsettled: records.length,
        failure: undefined,
        timer: undefined,
        resolve,
        reject,
      };
      const entries = records.map((record, index): Entry => ({
        record,
        bytes: sizes[index] ?? 0,
        call,
        state: 'waiting',
      }));
      call.timer = setTimeout(() => this.expire(entries), deadlineMs);
      for (const entry of entries) this.entries.push(entry);
      this.waitingRecords += entries.length;
      this.waitingBytes += bytes;
    });
  }

  /** The next batch, in order; at least one record if one waits, however large it is. */
  take(limits: BatchLimits): Entry[] {
    const batch: Entry[] = [];
    let bytes = 0;
    while (this.head < this.entries.length && batch.length < limits.maxRecords) {
      const entry = this.entries[this.head];
      if (entry?.state === 'waiting') {
        if (batch.length > 0 && bytes + entry.bytes > limits.maxBytes) break;
        if (entry.call.failure === undefined) {
          entry.state = 'in-flight';
          bytes += entry.bytes;
          batch.push(entry);
        }
        this.leave(entry);
        if (entry.call.failure !== undefined) this.finish(entry);
      }
      this.head += 1;
    }
    this.compact();
    return batch;
  }

  succeed(entry: Entry): void {
    this.finish(entry);
  }

  /** The rest of the call, still waiting, goes with it: later records must not overtake the failed one. */
  fail(entry: Entry, error: Error): void {
    entry.call.failure ??= error;
    this.finish(entry);
  }

  failAll(error: Error): void {
    for (const entry of this.entries.slice(this.head)) {
      if (entry.state !== 'waiting') continue;
      this.leave(entry);
      this.fail(entry, error);
    }
    this.entries = [];
    this.head = 0;
  }

  private expire(entries: readonly Entry[]): void {
    const call = entries[0]?.call;
    if (call === undefined || call.unsettled === 0) return;
    const mayBeWritten =
      entries.some(({ state }) => state === 'in-flight') || entries.length > call.unsettled;
    this.onTimeout(mayBeWritten);
    for (const entry of entries) {
      if (entry.state === 'waiting') this.leave(entry);
      entry.state = 'settled';
    }
    call.unsettled = 0;
    call.reject(new PublishTimeout(call.deadlineMs, mayBeWritten));
    this.dropSettled();
  }

  /** While Kafka is away nobody takes, and what expires would fill the memory whatever the limits say. */
  private dropSettled(): void {
    if (this.entries.length <= 2 * this.waitingRecords) return;
    this.entries = this.entries.filter(({ state }) => state === 'waiting');
    this.head = 0;
  }

  private finish(entry: Entry): void {
    if (entry.state === 'settled') return;
    entry.state = 'settled';
    const { call } = entry;
    call.unsettled -= 1;
    if (call.unsettled > 0) return;
    clearTimeout(call.timer);
    if (call.failure === undefined) call.resolve();
    else call.reject(call.failure);
  }

  private leave(entry: Entry): void {
    this.waitingRecords -= 1;
    this.waitingBytes -= entry.bytes;
  }

  private compact(): void {
    if (this.head < 1_024 && this.head < this.entries.length) return;
    this.entries = this.entries.slice(this.head);
    this.head = 0;
  }
}
