import type { PixelConfigured } from '@clickjoin/contracts';
import type { DispatcherConfig } from '../config';
import type { Presence } from '../presence/presence';
import type { SendRates } from '../rate-limit/send-rates';
import type { AccessTokens } from '../tiktok/access-tokens';
import type { TikTokSender } from '../tiktok/tiktok-sender';
import type { ClaimedRequest } from './claimed-request';
import { RequestSender } from './request-sender';

const of = <T>(part: Partial<T>): T => part as T;
const EPOCH = 1_000_000;
const request: ClaimedRequest = {
  pixel: of<PixelConfigured>({ pixelId: 'invented' }),
  deliveries: [
    {
      deliveryId: 'invented',
      leaseToken: 'invented',
      attempt: 1,
      joinedAt: 0,
      firstUnknownAt: undefined,
      event: {
        wireFormat: '1.0',
        pixelCode: 'PIXEL001',
        eventName: 'Subscribe',
        eventJson: '{"event":"Subscribe"}',
        testEventCode: undefined,
      },
    },
  ],
  startedAt: EPOCH,
  goesAt: EPOCH,
  probe: undefined,
};

/** A clock that the collaborators move, and what came of the request. */
async function sendAt(moment: { lateMs: number; proofMs?: number; isProven?: boolean }) {
  let now = EPOCH + moment.lateMs;
  let isProven = moment.proofMs === undefined && moment.isProven !== false;
  let newPermits = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  const sender = new RequestSender(
    of<TikTokSender>({ send: () => Promise.resolve({ kind: 'failure', failure: 'token-unusable' }) }),
    of<SendRates>({
      reserveOne: () => {
        newPermits += 1;
        return Promise.resolve({
          granted: 1,
          firstInMs: 0,
          spacingMs: 11,
          nextInMs: 11,
          countedFrom: now,
        });
      },
    }),
    of<AccessTokens>({ digestOf: () => 'invented' }),
    of<Presence>({
      isProven: () => isProven,
      prove: () => {
        now += moment.proofMs ?? 0;
        isProven = moment.isProven !== false;
        return Promise.resolve();
      },
    }),
    of<DispatcherConfig>({ leaseMarginMs: 10_000 }),
    { now: () => now },
  );
  const answer = await sender.send(request);
  return { newPermits, wasSent: answer.kind !== 'failure' || answer.failure !== 'not-sent' };
}

afterEach(() => jest.restoreAllMocks());

it.each([
  { what: 'in its time', late: { lateMs: 0 }, newPermits: 0, wasSent: true },
  { what: 'as long as the way to TikTok has time left', late: { lateMs: 50 }, newPermits: 0, wasSent: true },
  { what: 'not later: it takes a new one', late: { lateMs: 51 }, newPermits: 1, wasSent: true },
  {
    what: 'not after a proof that took long: it takes a new one',
    late: { lateMs: 0, proofMs: 60 },
    newPermits: 1,
    wasSent: true,
  },
  {
    what: 'never without proof that this instance lives',
    late: { lateMs: 0, isProven: false },
    newPermits: 0,
    wasSent: false,
  },
  { what: 'not with half of the lease gone', late: { lateMs: 5_001 }, newPermits: 0, wasSent: false },
])('uses a permit $what', async ({ late, newPermits, wasSent }) => {
  expect(await sendAt(late)).toEqual({ newPermits, wasSent });
});
