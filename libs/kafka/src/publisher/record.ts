import type { OutboundRecord } from '@clickjoin/contracts';
import type { IHeaders } from '../kafkajs';

/** A record as bytes: an event's (`encode`), a tombstone (value null), or a dead letter. */
export interface PublishableRecord {
  /** Without the installation's prefix. */
  readonly topic: string;
  readonly key: string | Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: OutboundRecord['headers'] | Readonly<IHeaders>;
}

/** Kafka's own fields of a record and its batch, generously. */
const OVERHEAD_BYTES = 128;

const bytesOf = (part: string | Buffer): number =>
  typeof part === 'string' ? Buffer.byteLength(part) : part.length;

/** An upper bound of what the record takes in a batch. */
export function sizeOf({ key, value, headers }: PublishableRecord): number {
  let size = OVERHEAD_BYTES + (key === null ? 0 : bytesOf(key)) + (value?.length ?? 0);
  for (const [name, content] of Object.entries(headers ?? {})) {
    for (const part of Array.isArray(content) ? content : [content]) {
      size += bytesOf(name) + (part === undefined ? 0 : bytesOf(part)) + 10;
    }
  }
  return size;
}
