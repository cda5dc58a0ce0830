import type { ServerResponse } from 'node:http';
import type { Clock } from '@clickjoin/contracts';
import { CLOCK, Lifecycle, Problem } from '@clickjoin/service-kit';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Principal } from '../sign-in/principal';
import { ChangeWatch } from './change-watch';
import type { ChangedKind, ChangedView } from './live-event.dto';

/** What this needs of Fastify's request and reply. */
export interface EventStreamRequest {
  readonly raw: { on(event: 'close', listener: () => void): unknown };
}
export interface EventStreamReply {
  readonly raw: ServerResponse;
  hijack(): unknown;
  getHeaders(): Record<string, number | string | string[] | undefined>;
}

interface Listener {
  readonly principal: Principal;
  readonly raw: ServerResponse;
  /** Whether it was told that everything from here on is told. */
  isWatching: boolean;
}

/** Also how soon a changed figure is asked for: more often, and a busy system would keep every screen loading. */
const LOOK_EVERY_MS = 1_000;
const HEARTBEAT_EVERY_LOOKS = 15;
const MOST_LISTENERS = 200;
/** A client that takes nothing for this many bytes is gone, or will come back and ask anew. */
const MOST_UNSENT_BYTES = 64 * 1024;

/**
 * Tells open screens what has something new. It looks, once a second and only while somebody listens, at how far the
 * topics have been worked off and which changes were made: so it tells of what any instance did, and no writer has to
 * remember to say something. The same look ends the streams of sessions that have ended.
 *
 * A listener's first look is what its later ones are compared with. That it has been is an event of its own, `watching`:
 * who reads everything then, and from then on what is told, misses nothing.
 */
@Injectable()
export class LiveEvents {
  private readonly logger = new Logger(LiveEvents.name);
  private readonly listeners = new Set<Listener>();
  private timer: NodeJS.Timeout | undefined;
  private looks = 0;

  constructor(
    private readonly watch: ChangeWatch,
    private readonly lifecycle: Lifecycle,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    // Endless answers would keep the shutdown waiting.
    lifecycle.stopping.addEventListener('abort', () => this.closeAll());
  }

  /** @throws Problem 503 with too many listeners, or at the shutdown. */
  open(principal: Principal, request: EventStreamRequest, reply: EventStreamReply): void {
    if (this.listeners.size >= MOST_LISTENERS || this.lifecycle.stopping.aborted)
      throw new Problem(503, {
        detail: 'No more live updates at the moment.',
        headers: { 'retry-after': '10' },
      });
    // Those that all answers carry, which hijacking would leave behind.
    const common = reply.getHeaders();
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      ...common,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // nginx would hold events back until its buffer is full.
      'x-accel-buffering': 'no',
    });
    raw.write('retry: 3000\n\n');
    const listener: Listener = { principal, raw, isWatching: false };
    const isAlone = this.listeners.size === 0;
    this.listeners.add(listener);
    request.raw.on('close', () => this.drop(listener));
    raw.on('error', () => this.drop(listener));
    this.schedule(isAlone ? 0 : LOOK_EVERY_MS);
  }

  private schedule(inMs = LOOK_EVERY_MS): void {
    if (this.timer !== undefined || this.listeners.size === 0) return;
    this.timer = setTimeout(() => {
      this.look()
        .catch((error: unknown) => this.logger.warn({ err: error }, 'could not look for changes'))
        .finally(() => {
          this.timer = undefined;
          this.schedule();
        });
    }, inMs);
  }

  private async look(): Promise<void> {
    this.looks += 1;
    const present = [...this.listeners];
    const { valid, kinds } = await this.watch.look(
      present.map(({ principal }) => principal),
      new Date(this.clock.now()),
    );
    // Those who came during the look were not asked about, and it may be forgotten already: the next one is theirs.
    for (const listener of present) {
      if (!valid(listener.principal)) this.end(listener);
      else if (!listener.isWatching && this.listeners.has(listener)) {
        listener.isWatching = true;
        listener.raw.write('event: watching\ndata: {}\n\n');
      }
    }
    if (kinds.length > 0) this.send(`event: changed\ndata: ${JSON.stringify(changed(kinds))}\n\n`);
    else if (this.looks % HEARTBEAT_EVERY_LOOKS === 0) this.send(': still here\n\n');
  }

  private send(text: string): void {
    for (const listener of this.listeners) {
      listener.raw.write(text);
      if (listener.raw.writableLength > MOST_UNSENT_BYTES) this.end(listener);
    }
  }

  private end(listener: Listener): void {
    this.drop(listener);
    listener.raw.end();
  }

  private drop(listener: Listener): void {
    this.listeners.delete(listener);
    if (this.listeners.size === 0) this.watch.forget();
  }

  private closeAll(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const listener of this.listeners) this.end(listener);
  }
}

const changed = (kinds: readonly ChangedKind[]): ChangedView => ({ kinds: [...kinds] });
