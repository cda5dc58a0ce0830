import { isObject, type JsonObject } from '../input';
import type { Check, Problem } from './checks';
import { eventTrack, pixelBatch, pixelTrack } from './wire-formats';

export interface Endpoint {
  /** With the slash at its end, without which there is nothing. */
  readonly path: string;
  readonly body: Check;
  readonly pixelCode: (body: JsonObject) => unknown;
  readonly items: (body: JsonObject) => readonly unknown[];
  /** A problem in TikTok's words; with the index of the first bad item, in a batch. */
  readonly describe: (problem: Problem) => string;
}

/** "batch.0.event_id" is told as "Batch.0.event_id: Not a valid string." */
const describe1_0 = ({ path, text }: Problem): string =>
  `${path.join('.').replace(/^batch\./, 'Batch.')}: ${text}`.replace(/^: /, '');

const describe2_0 = ({ path, text }: Problem): string => {
  const field = path.at(-1) ?? 'body';
  const place = path.length > 1 ? `${path.join('.')}: ` : '';
  return `${place}Invalid value for ${field}: ${text.charAt(0).toLowerCase()}${text.slice(1).replace(/\.$/, '')}`;
};

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const ENDPOINTS: readonly Endpoint[] = [
  {
    path: '/pixel/track/',
    body: pixelTrack,
    pixelCode: (body) => body['pixel_code'],
    items: (body) => [body],
    describe: describe1_0,
  },
  {
    path: '/pixel/batch/',
    body: pixelBatch,
    pixelCode: (body) => body['pixel_code'],
    items: (body) => listOf(body['batch']),
    describe: describe1_0,
  },
  {
    path: '/event/track/',
    body: eventTrack,
    pixelCode: (body) => body['event_source_id'],
    items: (body) => listOf(body['data']),
    describe: describe2_0,
  },
];

/** One event of a request, as far as it can be made out: the request may be refused for it. */
export interface EventCopy {
  readonly pixelCode: string;
  readonly event: string;
  /** Null when there is none: TikTok cannot recognise a copy then. */
  readonly eventId: string | null;
  readonly body: JsonObject;
  /** The event's own fields, which are the same whether it came alone or in a batch. */
  readonly facts: JsonObject;
}

/** Of the request, not of the event: 1.0 has them among its fields, or adds one in a batch. */
const ENVELOPE_KEYS: ReadonlySet<string> = new Set(['pixel_code', 'test_event_code', 'partner_name', 'type']);

const factsOf = (body: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(body).filter(([key]) => !ENVELOPE_KEYS.has(key)));

export function copiesIn(endpoint: Endpoint, body: JsonObject): readonly EventCopy[] {
  const pixelCode = endpoint.pixelCode(body);
  if (typeof pixelCode !== 'string') return [];
  return endpoint.items(body).flatMap((item) => {
    if (!isObject(item) || typeof item['event'] !== 'string') return [];
    const { event, event_id: eventId } = item;
    const id = typeof eventId === 'string' ? eventId : null;
    return [{ pixelCode, event, eventId: id, body: item, facts: factsOf(item) }];
  });
}
