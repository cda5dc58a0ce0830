import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type ConversionAttributed, type JoinOrganic, topics } from '@clickjoin/contracts';
import type { Log } from './ground';
import { Visitor } from './invented-log';

/** When each join's decision could be read, `performance.now()`. */
export class Reader {
  readonly readAt = new Map<string, number>();
  readonly clickOf = new Map<string, string>();
  /** Each time that something new was read, in order. */
  readonly news: number[] = [];
  repeats = 0;

  private constructor(private readonly consumer: ReturnType<Log['client']['consumer']>) {}

  /** Reads from now on. */
  static async open(log: Log): Promise<Reader> {
    const consumer = log.client.consumer({ groupId: `bench-${randomUUID()}`, maxWaitTimeInMs: 100 });
    const reader = new Reader(consumer);
    await consumer.connect();
    const names = [topics.conversionAttributed, topics.joinOrganic].map(({ name }) =>
      log.client.nameOf(name),
    );
    await consumer.subscribe({ topics: names, fromBeginning: true });
    const joined = new Promise<void>((resolve) => {
      consumer.on(consumer.events.GROUP_JOIN, () => resolve());
    });
    await consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: 6,
      eachBatch: ({ batch }) => {
        const now = performance.now();
        for (const { value } of batch.messages) {
          reader.take(JSON.parse(String(value)) as ConversionAttributed | JoinOrganic, now);
        }
        return Promise.resolve();
      },
    });
    await joined;
    return reader;
  }

  async until(joinIds: readonly string[], patienceMs = 60_000): Promise<void> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const missing = joinIds.filter((joinId) => !this.readAt.has(joinId));
      if (missing.length === 0) return;
      if (performance.now() > deadline) throw new Error(`${missing.length} joins have no decision`);
      await pause(100);
    }
  }

  close(): Promise<void> {
    return this.consumer.disconnect();
  }

  private take(event: ConversionAttributed | JoinOrganic, now: number): void {
    if (this.readAt.has(event.joinId)) {
      this.repeats += 1;
      return;
    }
    this.readAt.set(event.joinId, now);
    this.news.push(now);
    if ('conversionId' in event) this.clickOf.set(event.joinId, event.clickId);
  }
}

const TICK_MS = 10;
/** How long after its click a visitor joins. */
const TICKS_TO_JOIN = 100;

/** Visitors at a steady rate: each tick some click, and those of a second ago join. */
export class Visits {
  readonly visitors: Visitor[] = [];
  /** When each join was handed to the publisher, `performance.now()`. */
  readonly sentAt = new Map<string, number>();
  private readonly waiting: Visitor[][] = [];
  private readonly sending = new Set<Promise<void>>();
  private isOver = false;
  private running: Promise<void> | undefined;

  constructor(
    private readonly log: Log,
    private readonly eventsPerSecond: number,
  ) {}

  start(): void {
    this.running = this.run();
  }

  /** The clickers of the last second still join. */
  async stop(): Promise<void> {
    this.isOver = true;
    await this.running;
    await Promise.all(this.sending);
  }

  private async run(): Promise<void> {
    const run = randomUUID();
    const startedAt = performance.now();
    let owed = 0;
    for (let tick = 0; !this.isOver || this.waiting.length > 0; tick += 1) {
      const aheadMs = startedAt + tick * TICK_MS - performance.now();
      if (aheadMs > 0) await pause(aheadMs);
      owed += (this.eventsPerSecond / 2) * (TICK_MS / 1_000);
      const count = this.isOver ? 0 : Math.floor(owed);
      owed -= count;
      const clickers = Array.from(
        { length: count },
        (_, n) => new Visitor(this.visitors.length + n, run, 'by the link'),
      );
      this.visitors.push(...clickers);
      this.send(clickers.map((visitor) => visitor.click()));
      if (!this.isOver) this.waiting.push(clickers);
      if (this.waiting.length <= TICKS_TO_JOIN && !this.isOver) continue;
      const joiners = this.waiting.shift() ?? [];
      const now = performance.now();
      for (const { joinId } of joiners) this.sentAt.set(joinId, now);
      this.send(joiners.map((visitor) => visitor.join()));
    }
  }

  private send(records: readonly Parameters<Log['publisher']['publish']>[0][]): void {
    const sent = this.log.publisher.publishAll(records).finally(() => this.sending.delete(sent));
    this.sending.add(sent);
  }
}

/** @throws when a join went to another click than its own, or to none */
export function checkVisits(visits: Visits, reader: Reader): void {
  for (const { joinId, clickId } of visits.visitors) {
    if (reader.clickOf.get(joinId) !== clickId) throw new Error(`join ${joinId} was not given to its click`);
  }
}
