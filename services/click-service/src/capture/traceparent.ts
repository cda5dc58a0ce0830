import { randomFillSync } from 'node:crypto';

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

const ID_BYTES = 24;
/** Random bytes for many ids: asking for a few at a time costs more than all the rest here. */
const pool = Buffer.alloc(ID_BYTES * 256);
let used = pool.length;

/** W3C trace context of the visit: the caller's when it sent a sound one, else a new one that starts here. */
export function traceparentOrNew(header: string | undefined): string {
  if (header !== undefined && TRACEPARENT.test(header)) return header;
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const id = pool.toString('hex', used, used + ID_BYTES);
  used += ID_BYTES;
  return `00-${id.slice(0, 32)}-${id.slice(32)}-01`;
}
