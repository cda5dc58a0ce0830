/**
 * TikTok for the bench, as a process of its own: takes any event, answers after a while, fails a share of the requests
 * with HTTP 200 and a retriable code, and keeps the books. Leaner than the sandbox, which checks each field: it must
 * not be what is measured.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Behaviour, Books, Progress } from './stand-in';

interface Sent {
  readonly pixel_code: string;
  readonly event_id?: string;
  readonly batch?: readonly { readonly event_id: string }[];
}

const BEAT_MS = 5;
const OK = '{"code":0,"message":"OK","request_id":"2026","data":{}}';
const FAILED =
  '{"code":50000,"message":"Internal service error, please retry later.","request_id":"2026","data":{}}';

let behaviour: Behaviour = { latencyMs: 50, failShare: 0, isAway: false, hanging: [], failing: [] };
let books = newBooks();
let seed = 1;
let lastBeatAt = now();
setInterval(() => (lastBeatAt = now()), BEAT_MS);

interface OpenBooks {
  /** When each event was accepted first, and how often it was. */
  readonly accepted: Map<string, { readonly at: number; times: number }>;
  readonly arrivals: [from: number, to: number][];
  events: number;
  failed: number;
  hanging: number;
  bytes: number;
}

function newBooks(): OpenBooks {
  return { accepted: new Map(), arrivals: [], events: 0, failed: 0, hanging: 0, bytes: 0 };
}

/** The same for all processes of this machine. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Mulberry32: the same requests fail in each run, in the order of their coming. */
function random(): number {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

function onEvents(text: string, arrival: [number, number], response: ServerResponse): void {
  const sent = JSON.parse(text) as Sent;
  const items = sent.batch ?? [sent];
  books.arrivals.push(arrival);
  books.events += items.length;
  books.bytes += Buffer.byteLength(text);
  if (behaviour.hanging.includes(sent.pixel_code)) {
    books.hanging += 1;
    return;
  }
  const fails = behaviour.failing.includes(sent.pixel_code) || random() < behaviour.failShare;
  setTimeout(() => {
    if (fails) {
      books.failed += 1;
      response.end(FAILED);
    } else {
      const at = now();
      for (const { event_id: id = '' } of items) {
        const known = books.accepted.get(id);
        if (known === undefined) books.accepted.set(id, { at, times: 1 });
        else known.times += 1;
      }
      response.end(OK);
    }
  }, behaviour.latencyMs);
}

/** The port refuses, as that of a server that is down, or takes connections again. Settled when it does. */
async function beAway(isAway: boolean): Promise<void> {
  if (isAway === !events.listening) return;
  if (isAway) {
    events.close();
    events.closeAllConnections();
    await once(events, 'close');
  } else {
    events.listen(Number(process.env.EVENTS_PORT), '127.0.0.1');
    await once(events, 'listening');
  }
}

async function onControl(path: string, text: string, response: ServerResponse): Promise<void> {
  if (path === '/control/behave') {
    behaviour = { ...behaviour, ...(JSON.parse(text) as Partial<Behaviour>) };
    await beAway(behaviour.isAway);
  }
  if (path === '/control/reset') {
    books = newBooks();
    seed = 1;
  }
  if (path === '/control/books') {
    const all: Books = {
      accepted: Array.from(books.accepted, ([eventId, { at, times }]) => [eventId, at, times]),
      arrivals: books.arrivals,
    };
    response.end(JSON.stringify(all));
    return;
  }
  const { arrivals, accepted, events: sent, failed, hanging, bytes } = books;
  const progress: Progress = {
    requests: arrivals.length,
    events: sent,
    failed,
    hanging,
    bytes,
    accepted: accepted.size,
  };
  response.end(JSON.stringify(progress));
}

/** With the whole body, and between which two times the request came. */
const withBody =
  (
    act: (
      request: IncomingMessage,
      text: string,
      arrival: [number, number],
      response: ServerResponse,
    ) => void,
  ) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const to = now();
    const arrival: [number, number] = [Math.min(to, lastBeatAt), to];
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => act(request, Buffer.concat(chunks).toString('utf8'), arrival, response));
  };

const events = createServer(
  withBody((_request, text, arrival, response) => onEvents(text, arrival, response)),
);
events.keepAliveTimeout = 60_000;
events.listen(Number(process.env.EVENTS_PORT), '127.0.0.1');

const control = createServer(
  withBody((request, text, _arrival, response) => void onControl(request.url ?? '', text, response)),
);
control.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
