import type { WireFormat } from '@clickjoin/contracts';
import type { FrozenEvent } from './build-event';

/** What is POSTed, but for the token. */
export interface TikTokRequest {
  /** Below the API's base URL; the slash at the end is load-bearing. */
  readonly path: string;
  readonly body: string;
}

/** Most events in one request, as TikTok takes them (reference/tiktok-events-api.md §1). */
export const BATCH_MAX: Readonly<Record<WireFormat, number>> = { '1.0': 50, '2.0': 1_000 };

/** No limit is documented; other senders stay below 1 MB (ibid. §4). */
export const REQUEST_MAX_BYTES = 1_000_000;

type Envelope = Pick<FrozenEvent, 'wireFormat' | 'pixelCode' | 'testEventCode'>;

/**
 * Puts frozen events into one request, each with its bytes as they are.
 * @param events of one wire format and one pixel code; more than one only without test event code
 * @throws RangeError otherwise: such a request would report events to the wrong pixel, or count test events
 */
export function writeRequest(events: readonly FrozenEvent[]): TikTokRequest {
  const [first] = events;
  if (first === undefined) throw new RangeError('a request without an event');
  if (!events.every((event) => canShare(first, event)) || events.length > BATCH_MAX[first.wireFormat]) {
    throw new RangeError('these events do not fit into one request');
  }
  return ENVELOPES[first.wireFormat](
    first,
    events.map(({ eventJson }) => eventJson),
  );
}

/** Whether two events may travel in one request. Test events travel alone. */
export const canShare = (one: FrozenEvent, other: FrozenEvent): boolean =>
  one === other || (one.testEventCode === undefined && requestKeyOf(one) === requestKeyOf(other));

/** Events with the same key go to the same place. */
export const requestKeyOf = ({ wireFormat, pixelCode, testEventCode = '' }: Envelope): string =>
  `${wireFormat} ${pixelCode} ${testEventCode}`;

const ENVELOPES: Readonly<
  Record<WireFormat, (envelope: Envelope, events: readonly string[]) => TikTokRequest>
> = {
  '1.0': ({ pixelCode, testEventCode }, [first = '{}', ...others]) =>
    others.length === 0
      ? {
          path: '/pixel/track/',
          body: withFields({ pixel_code: pixelCode, test_event_code: testEventCode }, first),
        }
      : {
          path: '/pixel/batch/',
          body: `{"pixel_code":${JSON.stringify(pixelCode)},"batch":[${[first, ...others]
            .map((event) => withFields({ type: 'track' }, event))
            .join(',')}]}`,
        },
  '2.0': ({ pixelCode, testEventCode }, events) => ({
    path: '/event/track/',
    body: withFields(
      { event_source: 'web', event_source_id: pixelCode, test_event_code: testEventCode },
      `{"data":[${events.join(',')}]}`,
    ),
  }),
};

/** The fields in front of those of a JSON object, whose bytes stay as they are. */
const withFields = (fields: object, json: string): string =>
  `${JSON.stringify(fields).slice(0, -1)},${json.slice(1)}`;
