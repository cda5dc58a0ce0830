import type { DeliveryView } from '../deliveries/delivery.dto';
import type { JoinView } from './join.dto';
import { timelineOf, type KnownClick, type Story } from './timeline';

const ID = '0198f3a0-0000-7000-8000-000000000001';
const at = (second: number): string => new Date(Date.UTC(2026, 4, 1, 12, 0, second)).toISOString();

const join = (change: Partial<JoinView> = {}): JoinView => ({
  joinId: ID,
  outcome: 'attributed',
  chatId: '-1001',
  channelTitle: 'Garden',
  siteId: ID,
  joinedAt: at(60),
  route: 'invite-link',
  hasLink: true,
  hasOwnLink: true,
  isRejoin: false,
  left: null,
  person: { telegramUserId: '8000000001' },
  conversion: {
    conversionId: ID,
    clickId: ID,
    method: 'invite-link',
    clickedAt: at(10),
    clickAgeMs: 50_000,
    hasTtclid: true,
    hasIp: true,
    hasUserAgent: true,
    matchLevel: 'high',
    matchSignals: ['ttclid'],
  },
  organic: null,
  deliveries: [],
  ...change,
});
const click: KnownClick = { clickId: ID, capturedAt: at(10), linkKind: 'stock', hasTtclid: true };
const delivery: DeliveryView = {
  deliveryId: ID,
  conversionId: ID,
  joinId: ID,
  pixelId: ID,
  siteId: ID,
  chatId: '-1001',
  eventId: 'adtarget_x',
  eventName: 'Subscribe',
  state: 'retrying',
  joinedAt: at(60),
  updatedAt: at(70),
  nextAttemptAt: at(90),
  note: null,
  matchLevel: 'high',
  attempts: [
    {
      number: 1,
      startedAt: at(65),
      durationMs: 90,
      verdict: 'failed',
      explanation: 'TikTok had an internal error.',
      httpStatus: 200,
      code: 50_000,
      message: null,
      requestId: null,
    },
  ],
};
const story = (change: Partial<Story> = {}): Story => ({
  join: join(),
  click,
  earlierJoinAt: undefined,
  deliveries: [],
  decidedAt: undefined,
  ...change,
});
const kinds = (told: Story): string[] => timelineOf(told).map(({ kind }) => kind);

it.each([
  {
    why: 'from the click to the attempt',
    told: story({ deliveries: [delivery] }),
    order: ['click', 'link', 'join', 'decision', 'attempt', 'delivery'],
  },
  {
    why: 'a click that is not known here any more',
    told: story({ click: undefined }),
    order: ['click', 'join', 'decision'],
  },
  {
    why: 'organic without a click',
    told: story({ join: join({ outcome: 'organic', conversion: null }), click: undefined }),
    order: ['join', 'decision'],
  },
  {
    why: 'who was there before, and left while the event was retried',
    told: story({
      join: join({ left: { leftAt: at(67), kind: 'left' } }),
      earlierJoinAt: at(1),
      deliveries: [delivery],
    }),
    order: ['earlier-join', 'click', 'link', 'join', 'decision', 'attempt', 'left', 'delivery'],
  },
  {
    why: "Telegram's whole seconds make the join look earlier than the click",
    told: story({ join: join({ joinedAt: at(9) }) }),
    order: ['join', 'decision', 'click', 'link'],
  },
])('$why', ({ told, order }) => expect(kinds(told)).toEqual(order));

it('says when it was decided, which changes no order', () => {
  const told = timelineOf(story({ decidedAt: at(59), deliveries: [delivery] }));
  expect(told.map(({ kind, at: time }) => [kind, time])).toContainEqual(['decision', at(59)]);
  expect(told.map(({ kind }) => kind)).toEqual(['click', 'link', 'join', 'decision', 'attempt', 'delivery']);
});

it('does not promise a decision on a join whose person was erased', () => {
  const told = timelineOf(story({ join: join({ outcome: 'erased', conversion: null }), click: undefined }));
  expect(told.at(-1)).toMatchObject({ kind: 'decision', title: 'Never decided' });
});

it('says what to do about an organic join, and when the next attempt is', () => {
  const organic = {
    reason: 'fallback-link',
    title: 'Shared',
    explanation: 'Why.',
    advice: 'Do.',
    consideredClickId: ID,
  } as const;
  const told = timelineOf(
    story({
      join: join({ outcome: 'organic', conversion: null, organic }),
      click: { ...click, linkKind: 'fallback', hasTtclid: false },
      deliveries: [delivery],
    }),
  );
  const of = (kind: string) => told.find((step) => step.kind === kind);
  expect(of('decision')).toMatchObject({ title: 'Organic: Shared', explanation: 'Why. Do.', at: null });
  expect(of('link')?.tone).toBe('bad');
  expect(of('click')?.explanation).toContain('without TikTok’s click id');
  expect(of('delivery')).toMatchObject({ explanation: expect.stringContaining(at(90)), deliveryId: ID });
});
