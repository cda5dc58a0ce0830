import type { OutboundRecord } from '@clickjoin/contracts';
import { Outbox } from '@clickjoin/postgres';
import { Injectable } from '@nestjs/common';

/** More than this at once is one transaction after the other anyway. */
const MOST_AT_ONCE = 500;
/** Clicks of about a minute of heavy traffic, some 100 MB; beyond, waiting only makes it worse. */
const MOST_WAITING = 50_000;

export class SpoolFull extends Error {}

interface Waiting {
  readonly record: OutboundRecord;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Clicks that Kafka doesn't take at the moment, in the outbox, from where the relay takes them later. Those that come
 * while one batch is out go with the next: a transaction for each click would do a twentieth of it.
 */
@Injectable()
export class ClickSpool {
  private waiting: Waiting[] = [];
  private isWriting = false;

  constructor(private readonly outbox: Outbox) {}

  /** Resolves when the record is committed. @throws SpoolFull, or what the database says */
  append(record: OutboundRecord): Promise<void> {
    if (this.waiting.length >= MOST_WAITING) return Promise.reject(new SpoolFull('too many clicks wait'));
    return new Promise((resolve, reject) => {
      this.waiting.push({ record, resolve, reject });
      if (!this.isWriting) void this.write();
    });
  }

  private async write(): Promise<void> {
    this.isWriting = true;
    for (let batch = this.next(); batch.length > 0; batch = this.next()) {
      try {
        await this.outbox.append(batch.map(({ record }) => record));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.isWriting = false;
  }

  private next(): Waiting[] {
    return this.waiting.splice(0, MOST_AT_ONCE);
  }
}
