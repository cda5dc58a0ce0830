import {
  conversionIdOf,
  deliveryIdOf,
  encode,
  joinIdOf,
  linkKeyOf,
  tiktokEventIdOf,
  topics,
  type ClickCaptured,
  type ConversionAttributed,
  type DeliveryAttempt,
  type DeliveryState,
  type DeliveryUpdated,
  type JoinOrganic,
  type JoinReceived,
  type MemberLeft,
  type OrganicReason,
  type OutboundRecord,
  type PersonErased,
  type Verdict,
} from '@clickjoin/contracts';

export const SITE = '0198f3a0-0000-7000-8000-00000000a001';
export const PIXEL = '0198f3a0-0000-7000-8000-00000000b001';
export const CHAT = '-1001234567890';
const BOT = '7000000001';

export type Happening =
  | { readonly topic: 'clickCaptured'; readonly event: ClickCaptured }
  | { readonly topic: 'joinReceived'; readonly event: JoinReceived }
  | { readonly topic: 'conversionAttributed'; readonly event: ConversionAttributed }
  | { readonly topic: 'joinOrganic'; readonly event: JoinOrganic }
  | { readonly topic: 'deliveryUpdated'; readonly event: DeliveryUpdated }
  | { readonly topic: 'memberLeft'; readonly event: MemberLeft }
  | { readonly topic: 'personErased'; readonly event: PersonErased };

const uuid = (n: number): string => `0198f3a0-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
const second = (n: number): string => new Date(Date.UTC(2026, 4, 1, 12, 0, n)).toISOString();
const person = (n: number) => ({ telegramUserId: String(8_000_000_000 + n) });
const chat = { type: 'channel', title: 'Garden club', isPublic: true } as const;
const linkKey = (n: number): string => linkKeyOf(`https://t.me/+Invented${n}`) ?? '';

export function click(n: number, change: Partial<ClickCaptured> = {}): Happening {
  return {
    topic: 'clickCaptured',
    event: {
      clickId: uuid(n),
      siteId: SITE,
      chatId: CHAT,
      slug: 'garden',
      linkKind: 'stock',
      linkKey: linkKey(n),
      capturedAt: second(n),
      ad: { ttclid: `E.C.P.invented-${n}` },
      page: {},
      visitor: { ip: '192.0.2.1', userAgent: 'Mozilla/5.0' },
      ...change,
    },
  };
}

export const joinId = (n: number): string => joinIdOf(CHAT, person(n).telegramUserId, n);

export function join(n: number, change: Partial<JoinReceived> = {}): Happening {
  return {
    topic: 'joinReceived',
    event: {
      joinId: joinId(n),
      botId: BOT,
      chatId: CHAT,
      chat,
      joinedAt: second(n),
      route: 'invite-link',
      link: { isOwn: true, key: linkKey(n), createsJoinRequest: false },
      person: person(n),
      ...change,
    },
  };
}

/** The same join as another bot saw it: whose links it can't read. */
export function joinSeenByAnother(n: number): Happening {
  return join(n, { botId: '7000000009', link: { isOwn: false, createsJoinRequest: false } });
}

export function attributed(n: number): Happening {
  return {
    topic: 'conversionAttributed',
    event: {
      conversionId: conversionIdOf(joinId(n)),
      joinId: joinId(n),
      clickId: uuid(n),
      siteId: SITE,
      chatId: CHAT,
      chat,
      method: 'invite-link',
      joinedAt: second(n),
      clickedAt: second(n),
      clickAgeMs: 0,
      ad: n % 2 === 0 ? { ttclid: `E.C.P.invented-${n}` } : {},
      page: {},
      visitor: { ip: '192.0.2.1' },
      person: person(n),
    },
  };
}

export function organic(n: number, reason: OrganicReason): Happening {
  return {
    topic: 'joinOrganic',
    event: { joinId: joinId(n), chatId: CHAT, chat, joinedAt: second(n), reason, person: person(n) },
  };
}

export const telegramUserId = (n: number): string => person(n).telegramUserId;

export function left(n: number, afterSeconds: number, change: Partial<MemberLeft> = {}): Happening {
  return {
    topic: 'memberLeft',
    event: {
      botId: BOT,
      chatId: CHAT,
      leftAt: second(n + afterSeconds),
      kind: 'left',
      person: person(n),
      ...change,
    },
  };
}

export function erased(n: number): Happening {
  return {
    topic: 'personErased',
    event: {
      ...person(n),
      erasedAt: second(1_000),
      joinIds: [joinId(n)],
      conversionIds: [],
      clickIds: [],
    },
  };
}

export const deliveryId = (n: number): string => deliveryIdOf(conversionIdOf(joinId(n)), PIXEL);

export function delivery(n: number, revision: number, state: DeliveryState, verdict?: Verdict): Happening {
  const attempt: DeliveryAttempt | undefined = verdict && {
    number: revision - 1,
    startedAt: second(n + revision),
    durationMs: 80,
    verdict,
    explanation: 'In words\u0000, with a character that Postgres has no place for.',
    httpStatus: 200,
    code: verdict === 'accepted' ? 0 : 50_000,
  };
  return {
    topic: 'deliveryUpdated',
    event: {
      deliveryId: deliveryId(n),
      conversionId: conversionIdOf(joinId(n)),
      joinId: joinId(n),
      pixelId: PIXEL,
      siteId: SITE,
      chatId: CHAT,
      eventId: tiktokEventIdOf(conversionIdOf(joinId(n))),
      ...(revision > 1 ? { eventName: 'CompleteRegistration' } : {}),
      state,
      revision,
      joinedAt: second(n),
      updatedAt: second(n + revision),
      ...(state === 'retrying' ? { nextAttemptAt: second(n + 60) } : {}),
      ...(attempt === undefined ? {} : { attempt }),
    },
  };
}

/** Seven clicks, six joins, what became of them: with all that can come twice in two forms. */
export const STORY: readonly Happening[] = [
  click(1),
  click(2),
  // The API's caller sent its click again, later and with a link of its own: the first one stands.
  click(2, { capturedAt: second(50), linkKind: 'caller' }),
  click(3),
  click(4, { linkKind: 'fallback' }),
  click(10, { linkKind: 'caller', ad: {} }),
  click(11, { linkKind: 'none' }),
  click(0xabc),
  join(1),
  joinSeenByAnother(1),
  join(2),
  join(3),
  joinSeenByAnother(3),
  join(4, { route: 'direct' }),
  join(5),
  joinSeenByAnother(6),
  attributed(1),
  attributed(2),
  attributed(3),
  organic(4, 'fallback-link'),
  organic(5, 'public-direct-join'),
  delivery(1, 1, 'queued'),
  delivery(1, 2, 'accepted', 'accepted'),
  delivery(2, 1, 'queued'),
  delivery(2, 2, 'retrying', 'failed'),
  delivery(2, 3, 'retrying', 'unknown'),
  delivery(2, 4, 'accepted', 'accepted'),
  delivery(3, 1, 'queued'),
  delivery(3, 2, 'rejected', 'rejected'),
  left(2, 30),
  // Another bot saw the same, and by whose doing.
  left(2, 30, { kind: 'removed', botId: '7000000009' }),
  left(5, 40),
  erased(5),
];

/** What the books must say after it. */
export const STORY_SUMMARY = {
  clicks: 7,
  clicksAttributable: 5,
  joins: 6,
  attributed: 3,
  organic: { 'fallback-link': 1, 'public-direct-join': 1 },
  waiting: 1,
  deliveries: { accepted: 2, rejected: 1 },
  attempts: { total: 5, retried: 2, byVerdict: { accepted: 2, failed: 1, unknown: 1, rejected: 1 } },
};

export function recordOf(happening: Happening): OutboundRecord {
  const source = { source: 'test' };
  switch (happening.topic) {
    case 'clickCaptured':
      return encode(topics.clickCaptured, happening.event, source);
    case 'joinReceived':
      return encode(topics.joinReceived, happening.event, source);
    case 'conversionAttributed':
      return encode(topics.conversionAttributed, happening.event, source);
    case 'joinOrganic':
      return encode(topics.joinOrganic, happening.event, source);
    case 'deliveryUpdated':
      return encode(topics.deliveryUpdated, happening.event, source);
    case 'memberLeft':
      return encode(topics.memberLeft, happening.event, source);
    case 'personErased':
      return encode(topics.personErased, happening.event, source);
  }
}
