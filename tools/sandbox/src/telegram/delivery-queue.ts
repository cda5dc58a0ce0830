import { DueHeap } from './due-heap';
import { UPDATE_LIFE_SECONDS } from './retry-schedule';

export interface QueuedUpdate {
  readonly updateId: number;
  /** Updates of one lane go out strictly one after another: a lane is a user, a chat's bot rights, or a chat. */
  readonly lane: string;
  /** Unix seconds of what happened; a day later the update is dropped. */
  readonly date: number;
  /** The update as it goes over the wire. */
  readonly body: string;
}

interface Entry {
  readonly update: QueuedUpdate;
  /** Not tried before this moment of the queue's own time. */
  readonly notBefore: number;
  acknowledged: boolean;
}

interface Lane {
  readonly key: string;
  readonly entries: Entry[];
  failures: number;
  loaded: boolean;
  inFlight: boolean;
  /** The turn of the lane's live heap entry; older ones in the heap are stale. */
  turn: number;
}

/** Telegram drops what comes to a bot that has this many updates waiting. */
const CAPACITY = 100_000;

/**
 * What waits for one bot's webhook, in the order that Telegram keeps (reference telegram-bot-api.md, section 3):
 * FIFO within a lane with one in flight, no order between lanes. A failing head blocks its lane, and stays loaded;
 * once `maxLoaded` lanes fail, nothing new goes out until one of them gets through.
 *
 * Pure: moments come in as `elapsedMs` of any clock that never goes back, dates as Unix seconds.
 */
export class DeliveryQueue {
  readonly counts = { queued: 0, delivered: 0, failedAttempts: 0, redelivered: 0, expired: 0, dropped: 0 };
  private readonly lanes = new Map<string, Lane>();
  /** Lanes that failed and hold one of the loaded places, and lanes that wait for a place. */
  private readonly retrying = new DueHeap<Lane>();
  private readonly fresh = new DueHeap<Lane>();
  private loaded = 0;
  private turns = 0;

  constructor(private readonly maxLoaded: () => number) {}

  /** Updates that are not acknowledged, in flight or waiting. */
  get size(): number {
    return this.counts.queued;
  }

  push(update: QueuedUpdate, elapsedMs: number, delayMs = 0): void {
    if (this.counts.queued >= CAPACITY) {
      this.counts.dropped++;
      return;
    }
    const entry: Entry = { update, notBefore: elapsedMs + delayMs, acknowledged: false };
    this.counts.queued++;
    const lane = this.lanes.get(update.lane);
    if (lane) {
      lane.entries.push(entry);
      return;
    }
    const opened: Lane = {
      key: update.lane,
      entries: [entry],
      failures: 0,
      loaded: false,
      inFlight: false,
      turn: 0,
    };
    this.lanes.set(update.lane, opened);
    this.wait(opened, entry.notBefore);
  }

  /** The next update to send, or undefined. Its lane is in flight until `acknowledged` or `failed` is told. */
  take(elapsedMs: number, nowSeconds: number): QueuedUpdate | undefined {
    for (;;) {
      const lane = this.nextLane(elapsedMs);
      if (!lane) return undefined;
      const [head] = lane.entries;
      if (!head) continue;
      if (head.update.date + UPDATE_LIFE_SECONDS <= nowSeconds) {
        this.counts.expired++;
        this.removeHead(lane, elapsedMs);
        continue;
      }
      if (!lane.loaded) this.load(lane);
      lane.inFlight = true;
      return head.update;
    }
  }

  /** @param again the acknowledgement is lost on the way: the same update is sent once more, before its lane goes on. */
  acknowledged(update: QueuedUpdate, elapsedMs: number, again = false): void {
    const lane = this.inFlightLane(update);
    const head = lane?.entries[0];
    if (!lane || !head) return;
    lane.inFlight = false;
    lane.failures = 0;
    if (head.acknowledged) this.counts.redelivered++;
    else this.counts.delivered++;
    if (again && !head.acknowledged) {
      head.acknowledged = true;
      this.wait(lane, elapsedMs);
      return;
    }
    this.removeHead(lane, elapsedMs);
  }

  /** @param delayMs the wait after that many failures in a row. */
  failed(update: QueuedUpdate, elapsedMs: number, delayMs: (failures: number) => number): void {
    this.counts.failedAttempts++;
    const lane = this.inFlightLane(update);
    if (!lane) return;
    lane.inFlight = false;
    lane.failures++;
    this.wait(lane, elapsedMs + delayMs(lane.failures));
  }

  /** When `take` may have something again, or undefined while only an answer can change that. */
  nextDueAt(): number | undefined {
    const retry = this.live(this.retrying)?.dueAt;
    const fresh = this.loaded < this.maxLoaded() ? this.live(this.fresh)?.dueAt : undefined;
    if (retry === undefined || fresh === undefined) return retry ?? fresh;
    return Math.min(retry, fresh);
  }

  /** The webhook changed: what was in flight may or may not have arrived, and all of it is sent again. */
  releaseInFlight(elapsedMs: number): void {
    for (const lane of this.lanes.values()) {
      if (!lane.inFlight) continue;
      lane.inFlight = false;
      this.wait(lane, elapsedMs);
    }
  }

  /** All that waits, by update id: what `getUpdates` sees. */
  waiting(): readonly QueuedUpdate[] {
    const all = [...this.lanes.values()].flatMap((lane) => lane.entries.map((entry) => entry.update));
    return all.sort((one, other) => one.updateId - other.updateId);
  }

  /** `getUpdates` confirms all below its offset. */
  confirmBelow(updateId: number, elapsedMs: number): void {
    this.keep(
      (update) => update.updateId >= updateId,
      elapsedMs,
      () => this.counts.delivered++,
    );
  }

  clear(elapsedMs: number): void {
    this.keep(
      () => false,
      elapsedMs,
      () => undefined,
    );
  }

  private keep(wanted: (update: QueuedUpdate) => boolean, elapsedMs: number, onGone: () => void): void {
    const kept = [...this.lanes.values()]
      .flatMap((lane) => lane.entries)
      .filter((entry) => wanted(entry.update));
    const gone = this.counts.queued - kept.length;
    for (let i = 0; i < gone; i++) onGone();
    // Turns never repeat, so every heap entry of the old lanes is stale from here on.
    for (const lane of this.lanes.values()) lane.turn = ++this.turns;
    this.lanes.clear();
    this.loaded = 0;
    this.counts.queued = 0;
    for (const { update, notBefore } of kept)
      this.push(update, elapsedMs, Math.max(0, notBefore - elapsedMs));
  }

  private nextLane(elapsedMs: number): Lane | undefined {
    const retry = this.live(this.retrying);
    const fresh = this.loaded < this.maxLoaded() ? this.live(this.fresh) : undefined;
    const retryFirst = retry && (!fresh || retry.dueAt <= fresh.dueAt);
    const heap = retryFirst ? this.retrying : this.fresh;
    const next = retryFirst ? retry : fresh;
    if (!next || next.dueAt > elapsedMs) return undefined;
    heap.pop();
    return next.what;
  }

  /** The heap's first entry that still says the truth about its lane. */
  private live(heap: DueHeap<Lane>): { dueAt: number; what: Lane } | undefined {
    for (;;) {
      const { first } = heap;
      if (!first || (first.what.turn === first.turn && !first.what.inFlight)) return first;
      heap.pop();
    }
  }

  private wait(lane: Lane, dueAt: number): void {
    lane.turn = ++this.turns;
    (lane.loaded ? this.retrying : this.fresh).push({ dueAt, turn: lane.turn, what: lane });
  }

  private load(lane: Lane): void {
    lane.loaded = true;
    this.loaded++;
  }

  private removeHead(lane: Lane, elapsedMs: number): void {
    lane.entries.shift();
    this.counts.queued--;
    if (lane.loaded) {
      lane.loaded = false;
      this.loaded--;
    }
    const [next] = lane.entries;
    if (next) this.wait(lane, Math.max(elapsedMs, next.notBefore));
    else this.lanes.delete(lane.key);
  }

  /** Undefined when the update was confirmed, cleared or released in the meantime: the answer comes too late. */
  private inFlightLane(update: QueuedUpdate): Lane | undefined {
    const lane = this.lanes.get(update.lane);
    return lane?.inFlight && lane.entries[0]?.update === update ? lane : undefined;
  }
}
