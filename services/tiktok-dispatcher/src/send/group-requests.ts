import type { FrozenEvent } from '../build-request/build-event';
import { BATCH_MAX, REQUEST_MAX_BYTES, requestKeyOf } from '../build-request/write-request';

export interface Groupable {
  readonly event: FrozenEvent;
  readonly sendsAlone: boolean;
}

/** For the envelope, and the comma between two events. */
const ENVELOPE_BYTES = 1_000;
const SEPARATOR_BYTES = 20;

/**
 * Divides a pixel's due deliveries into requests. As long as each can have a request of its own it gets one, and goes
 * at once; only when they are more than there are free slots do they share, as few to a request as will do.
 * @param due in the order in which they are to go
 * @returns at most `slots` requests; deliveries in none of them stay where they are
 */
export function groupRequests<T extends Groupable>(due: readonly T[], slots: number): T[][] {
  const size = Math.ceil(due.length / Math.max(1, slots));
  const groups: T[][] = [];
  const open = new Map<string, { readonly group: T[]; bytes: number }>();
  for (const one of due) {
    const { event, sendsAlone } = one;
    const isShareable = size > 1 && !sendsAlone && event.testEventCode === undefined;
    const bytes = Buffer.byteLength(event.eventJson) + SEPARATOR_BYTES;
    const last = isShareable ? open.get(requestKeyOf(event)) : undefined;
    const max = Math.min(size, BATCH_MAX[event.wireFormat]);
    if (last !== undefined && last.group.length < max && last.bytes + bytes <= REQUEST_MAX_BYTES) {
      last.group.push(one);
      last.bytes += bytes;
      continue;
    }
    if (groups.length === slots) continue;
    const group = [one];
    groups.push(group);
    if (isShareable) open.set(requestKeyOf(event), { group, bytes: ENVELOPE_BYTES + bytes });
  }
  return groups;
}
