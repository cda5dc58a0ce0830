import fc from 'fast-check';
import { FaultBook, TIKTOK_REQUEST_FAULTS } from '../faults';
import { Random } from '../random';
import { ENDPOINTS } from './endpoints';
import { TikTokStandIn } from './tiktok';

const track = ENDPOINTS.find(({ path }) => path === '/pixel/track/')!;
const batch = ENDPOINTS.find(({ path }) => path === '/pixel/batch/')!;
const pixel = { pixelCode: 'CPIXEL', accessToken: 'invented-token' };

/** Far above what the shares below need; a sandbox that never says yes must not hang the spec. */
const MOST_TRIES = 2000;

// Without HTTP, so that many runs stay cheap on a busy machine: events-api.spec.ts has each fault over the wire.
it('counts each event once, whatever goes wrong, when the sender repeats it until it reads code 0', () => {
  const share = fc.constantFrom(0, 0.05, 0.12);
  const shares = fc.record(Object.fromEntries(TIKTOK_REQUEST_FAULTS.map((fault) => [fault, share])));
  fc.assert(
    fc.property(
      shares,
      fc.integer({ min: 1, max: 8 }),
      fc.boolean(),
      fc.string(),
      (faults, events, batched, seed) => {
        const tiktok = new TikTokStandIn(
          { now: () => 1_790_000_000_000 },
          new FaultBook(new Random(seed), { tiktok: faults }),
        );
        tiktok.addPixel(pixel);
        const send = (endpoint: typeof track, body: object): boolean => {
          const answer = tiktok.answer(endpoint, pixel.accessToken, JSON.stringify(body));
          return answer.kind === 'json' && answer.envelope.code === 0;
        };
        const untilOk = (endpoint: typeof track, body: object): void => {
          for (let tries = 1; !send(endpoint, body); tries++) expect(tries).toBeLessThan(MOST_TRIES);
        };
        const items = Array.from({ length: events }, (_, n) => ({ event: 'Subscribe', event_id: `e${n}` }));
        if (batched) {
          untilOk(batch, { pixel_code: 'CPIXEL', batch: items.map((item) => ({ type: 'track', ...item })) });
        } else {
          for (const item of items) untilOk(track, { pixel_code: 'CPIXEL', ...item });
        }
        const seen = tiktok.events();
        expect(seen.map(({ accepted }) => accepted)).toEqual(Array<number>(events).fill(1));
        expect(seen.every(({ bodies }) => bodies === 1)).toBe(true);
      },
    ),
  );
});
