import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePorts, ServiceProcess } from '@clickjoin/dev-stack';
import type { InventedConversion } from './invented-sites';

/** How TikTok's stand-in answers. Pixels by their codes. */
export interface Behaviour {
  readonly latencyMs: number;
  /** Of the requests: HTTP 200 with code 50000. */
  readonly failShare: number;
  /** It refuses connections, and has broken those that there were. */
  readonly isAway: boolean;
  readonly hanging: readonly string[];
  readonly failing: readonly string[];
}

export const WELL: Behaviour = { latencyMs: 50, failShare: 0, isAway: false, hanging: [], failing: [] };

export interface Progress {
  readonly requests: number;
  /** In all requests, repetitions included. */
  readonly events: number;
  readonly failed: number;
  /** Requests that get no answer. */
  readonly hanging: number;
  /** Of all bodies together. */
  readonly bytes: number;
  /** Different ones. */
  readonly accepted: number;
}

/** Times are milliseconds since the Unix epoch. */
export interface Books {
  readonly accepted: readonly (readonly [eventId: string, at: number, times: number])[];
  /** Each request came between the two: earlier than the second only if the stand-in itself stood still. */
  readonly arrivals: readonly (readonly [from: number, to: number])[];
}

const LOOK_EVERY_MS = 20;
const PATIENCE_MS = 20 * 60_000;
const SAY_EVERY_MS = 15_000;

/** TikTok for the bench. */
export class StandIn {
  private constructor(
    private readonly process: ServiceProcess,
    /** Where events go. The stand-in is steered at another port, which is open while this one refuses. */
    readonly url: string,
  ) {}

  static async start(): Promise<StandIn> {
    const [port = 0, eventsPort = 0] = await freePorts(2);
    const started = new ServiceProcess({
      name: 'stand-in',
      entry: join(__dirname, 'stand-in-process.js'),
      port,
      env: { PORT: String(port), EVENTS_PORT: String(eventsPort) },
      onLine: (line) => process.stderr.write(`    stand-in: ${line}\n`),
    });
    await started.start();
    return new StandIn(started, `http://127.0.0.1:${eventsPort}`);
  }

  /** Forgets what was, and behaves like this from now on. */
  async begin(behaviour: Partial<Behaviour>): Promise<void> {
    await this.behave({ ...WELL, ...behaviour });
    await this.ask('reset');
  }

  async behave(behaviour: Partial<Behaviour>): Promise<void> {
    await this.ask('behave', behaviour);
  }

  progress(): Promise<Progress> {
    return this.ask('progress');
  }

  books(): Promise<Books> {
    return this.ask('books');
  }

  /** Resolves as soon as so many different events are accepted. @throws when there is no progress any more */
  async untilAccepted(count: number): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    let sayAt = performance.now() + SAY_EVERY_MS;
    for (;;) {
      const { accepted } = await this.progress();
      if (accepted >= count) return;
      if (performance.now() > sayAt) {
        sayAt += SAY_EVERY_MS;
        process.stderr.write(`    TikTok has ${accepted} of ${count}\n`);
      }
      if (performance.now() > deadline) throw new Error(`TikTok has ${accepted} events and not ${count}`);
      await pause(LOOK_EVERY_MS);
    }
  }

  /** @throws when anything but these was accepted, or one of them was not, or one was accepted twice */
  async check(conversions: readonly InventedConversion[]): Promise<Books> {
    const books = await this.books();
    const missing = new Set(conversions.map(({ eventId }) => eventId));
    for (const [eventId, , times] of books.accepted) {
      if (!missing.delete(eventId)) throw new Error(`TikTok was sent ${eventId}, which nobody converted`);
      // Each answer was given: nobody had a reason to repeat it.
      if (times > 1) throw new Error(`TikTok has accepted ${eventId} ${times} times`);
    }
    if (missing.size > 0) throw new Error(`TikTok does not have ${missing.size} of ${conversions.length}`);
    return books;
  }

  async stop(): Promise<void> {
    await this.process.stop();
  }

  private async ask<T>(what: string, body?: object): Promise<T> {
    const response = await fetch(`${this.process.url}/control/${what}`, {
      method: 'POST',
      body: JSON.stringify(body ?? {}),
    });
    return (await response.json()) as T;
  }
}
