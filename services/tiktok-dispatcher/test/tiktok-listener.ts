import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of a request. `lose`: TikTok counts its events, and nobody hears of it. */
export type Reply = 'accept' | 'fail' | 'lose' | 'hang';

/** A request as it came. Times are milliseconds of `performance.now()`. */
export interface Received {
  readonly path: string;
  readonly pixelCode: string;
  readonly body: string;
  readonly eventIds: readonly string[];
  readonly reply: Reply;
  /** It came between these two: later than `to` it can't be, and earlier only if this process stood still. */
  readonly from: number;
  readonly to: number;
}

interface Sent {
  readonly pixel_code?: string;
  readonly event_source_id?: string;
  readonly event_id?: string;
  readonly batch?: readonly { readonly event_id: string }[];
  readonly data?: readonly { readonly event_id: string }[];
}

const BEAT_MS = 5;

/** TikTok for the process tests: keeps each byte that it was sent, and answers as the test likes. */
export class TikTokListener {
  readonly received: Received[] = [];
  /** Requests in which an event was counted, dedup aside. */
  readonly counted = new Map<string, number>();
  /** Events that were with it twice at the same time. */
  readonly overlaps: string[] = [];
  reply: (pixelCode: string, request: number) => Reply = () => 'accept';
  private readonly open = new Map<string, number>();
  private readonly hanging = new Set<() => void>();
  private lastBeatAt = performance.now();
  private readonly beat = setInterval(() => (this.lastBeatAt = performance.now()), BEAT_MS);

  private constructor(private readonly server: Server) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const to = performance.now();
      const from = Math.min(to, this.lastBeatAt);
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => this.take(request.url ?? '', Buffer.concat(chunks), { from, to }, response));
    });
  }

  static async start(): Promise<TikTokListener> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TikTokListener(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Requests that have no answer yet. */
  get hangs(): number {
    return this.hanging.size;
  }

  /** Accepts all that hangs. */
  release(): void {
    for (const accept of [...this.hanging]) accept();
  }

  of(pixelCode: string): Received[] {
    return this.received.filter((request) => request.pixelCode === pixelCode);
  }

  async close(): Promise<void> {
    clearInterval(this.beat);
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private take(
    path: string,
    bytes: Buffer,
    times: Pick<Received, 'from' | 'to'>,
    response: ServerResponse,
  ): void {
    const body = bytes.toString('utf8');
    const sent = JSON.parse(body) as Sent;
    const eventIds = (sent.batch ?? sent.data ?? [sent]).map(({ event_id = '' }) => event_id);
    const pixelCode = sent.pixel_code ?? sent.event_source_id ?? '';
    const reply = this.reply(pixelCode, this.received.length);
    this.received.push({ path, pixelCode, body, eventIds, reply, ...times });
    for (const id of eventIds) this.enter(id);
    response.on('close', () => {
      for (const id of eventIds) this.open.set(id, (this.open.get(id) ?? 0) - 1);
    });
    if (reply === 'hang') {
      const accept = (): void => this.accept(eventIds, response);
      this.hanging.add(accept);
      response.on('close', () => this.hanging.delete(accept));
    } else this.answer(reply, eventIds, response);
  }

  private enter(id: string): void {
    const others = this.open.get(id) ?? 0;
    if (others > 0) this.overlaps.push(id);
    this.open.set(id, others + 1);
  }

  private answer(reply: Exclude<Reply, 'hang'>, eventIds: readonly string[], response: ServerResponse): void {
    if (reply === 'accept') this.accept(eventIds, response);
    else if (reply === 'fail')
      response.end('{"code":50000,"message":"Internal service error","request_id":"1","data":{}}');
    else {
      this.count(eventIds);
      response.destroy();
    }
  }

  private accept(eventIds: readonly string[], response: ServerResponse): void {
    this.count(eventIds);
    response.end('{"code":0,"message":"OK","request_id":"1","data":{}}');
  }

  private count(eventIds: readonly string[]): void {
    for (const id of eventIds) this.counted.set(id, (this.counted.get(id) ?? 0) + 1);
  }
}

/**
 * The most requests in any window of this length for which it is certain that they came within it: what came while
 * the listener itself stood still is given the benefit of the doubt.
 */
export function mostWithin(received: readonly Received[], windowMs: number): number {
  const sorted = [...received].sort((a, b) => a.to - b.to);
  let most = 0;
  let first = 0;
  for (const [last, { to }] of sorted.entries()) {
    while (to - (sorted[first]?.from ?? to) >= windowMs) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
