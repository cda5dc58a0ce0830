import { createHash } from 'node:crypto';
import type { JsonObject } from '../input';
import type { EventCopy } from './endpoints';

/** TikTok forgets an event_id this long after the copy that it counted. */
export const DEDUP_WINDOW_MS = 48 * 3600 * 1000;

/** All that came in for one event; moments are milliseconds since 1970. */
export interface SeenEvent {
  readonly pixelCode: string;
  readonly event: string;
  readonly eventId: string | null;
  /** Copies that arrived, whatever became of them. */
  readonly received: number;
  /** Times that TikTok counted it: 0 or 1, and 2 when a copy came after the 48 h. */
  readonly accepted: number;
  /** Copies within 48 h of a counted one. */
  readonly duplicatesDropped: number;
  /** Copies that were refused for good, and what TikTok said last. */
  readonly refused: number;
  readonly lastRefusal: { readonly code: number; readonly message: string } | null;
  /** Different events among the copies, whatever request they came in: a retry repeats its event, so this is 1. */
  readonly bodies: number;
  readonly firstReceivedAt: number;
  readonly firstAcceptedAt: number | null;
  readonly lastBody: JsonObject;
}

interface Entry {
  readonly seen: { -readonly [K in keyof SeenEvent]: SeenEvent[K] };
  readonly bodyHashes: Set<string>;
  countedAt: number | undefined;
}

/**
 * TikTok's memory of events. The key is pixel, event name and event_id, whatever wire format they came in; the first
 * counts, and equals are dropped for 48 h from then (reference tiktok-events-api.md, section 5). Pure: moments come in.
 */
export class EventLedger {
  readonly totals = { received: 0, accepted: 0, duplicatesDropped: 0, refused: 0 };
  private readonly entries = new Map<string, Entry>();

  /** A copy came in; nothing is decided yet. */
  receive(copy: EventCopy, now: number): void {
    const entry = this.entryOf(copy, now);
    entry.seen.received++;
    entry.seen.lastBody = copy.body;
    entry.bodyHashes.add(createHash('sha256').update(JSON.stringify(copy.facts)).digest('base64'));
    entry.seen.bodies = entry.bodyHashes.size;
    this.totals.received++;
  }

  /** Counts the copy, unless it is a duplicate. */
  count(copy: EventCopy, now: number): 'counted' | 'duplicate' {
    const entry = this.entryOf(copy, now);
    const { countedAt, seen } = entry;
    if (seen.eventId !== null && countedAt !== undefined && now < countedAt + DEDUP_WINDOW_MS) {
      seen.duplicatesDropped++;
      this.totals.duplicatesDropped++;
      return 'duplicate';
    }
    entry.countedAt = now;
    seen.accepted++;
    seen.firstAcceptedAt ??= now;
    this.totals.accepted++;
    return 'counted';
  }

  refuse(copy: EventCopy, now: number, code: number, message: string): void {
    const { seen } = this.entryOf(copy, now);
    seen.refused++;
    seen.lastRefusal = { code, message };
    this.totals.refused++;
  }

  get size(): number {
    return this.entries.size;
  }

  /** In the order of their first copies. */
  events(): readonly SeenEvent[] {
    return Array.from(this.entries.values(), ({ seen }) => ({ ...seen }));
  }

  private entryOf({ pixelCode, event, eventId, body }: EventCopy, now: number): Entry {
    const key = JSON.stringify([pixelCode, event, eventId]);
    const found = this.entries.get(key);
    if (found) return found;
    const entry: Entry = {
      seen: {
        pixelCode,
        event,
        eventId,
        received: 0,
        accepted: 0,
        duplicatesDropped: 0,
        refused: 0,
        lastRefusal: null,
        bodies: 0,
        firstReceivedAt: now,
        firstAcceptedAt: null,
        lastBody: body,
      },
      bodyHashes: new Set(),
      countedAt: undefined,
    };
    this.entries.set(key, entry);
    return entry;
  }
}
