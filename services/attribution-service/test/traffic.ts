import { createHash, randomUUID } from 'node:crypto';
import {
  encode,
  joinIdOf,
  topics,
  type BotStarted,
  type ClickCaptured,
  type JoinReceived,
  type OutboundRecord,
} from '@clickjoin/contracts';

/** Invented visitors, as clicks and joins on their way into the log, each at its moment after the start. */
export interface Step {
  readonly atMs: number;
  readonly record: OutboundRecord;
}

/** What visitors do, and how often of a hundred. */
const KINDS = [
  ['paid', 32],
  /** Waits briefly: turned organic by whoever takes a lagging partition for one without clicks. */
  ['paid, short grace', 20],
  ['forwarded link', 7],
  ['same person again', 5],
  ['no click', 7],
  ['no link', 4],
  ['fallback link', 3],
  ['old click', 2],
  ['two bots report', 3],
  ['bot start', 10],
  ['bot start again', 3],
  ['bot start, no click', 2],
  ['no bot start', 2],
] as const;
type Kind = (typeof KINDS)[number][0];

const CHAT = { type: 'channel', title: 'Acme Private', isPublic: false } as const;
const CHAT_ID = '-1002147483648';
const SITE_ID = '0195f3a0-0000-7000-8000-000000000001';
const SHORT_GRACE_MS = 1_500;
const LONG_GRACE_MS = 45_000;
const DAY_MS = 86_400_000;

/** What belongs to one visitor comes in either order, up to this far apart. */
const APART_MS = 400;
/** One record in this many comes twice. */
const REPEATED = 10;

/**
 * @param from the number of the first visitor, so that later traffic is of other people
 * @param random in [0, 1): seeded, so that a failure can be had again
 */
export function traffic(from: number, visitors: number, perSecond: number, random: () => number): Step[] {
  const steps: Step[] = [];
  for (let n = 0; n < visitors; n += 1) {
    const startsAtMs = (n * 1_000) / perSecond;
    for (const record of recordsOf(kindOf(random() * 100), from + n, random)) {
      const atMs = startsAtMs + random() * APART_MS;
      steps.push({ atMs, record });
      if (random() * REPEATED < 1) steps.push({ atMs: atMs + random() * APART_MS, record });
    }
  }
  return steps.sort((a, b) => a.atMs - b.atMs);
}

function recordsOf(kind: Kind, n: number, random: () => number): OutboundRecord[] {
  const key = createHash('sha256').update(`link ${n} ${random()}`).digest('hex');
  const nowMs = Date.now();
  const click = (patch: Partial<ClickCaptured> = {}): OutboundRecord => {
    const event: ClickCaptured = {
      clickId: randomUUID(),
      siteId: SITE_ID,
      chatId: CHAT_ID,
      slug: 'acme',
      linkKind: 'stock',
      linkKey: key,
      capturedAt: new Date(nowMs).toISOString(),
      ad: { ttclid: `E.C.P.${n}` },
      page: { url: `https://acme.example/?ttclid=E.C.P.${n}` },
      visitor: { ip: '203.0.113.9', userAgent: 'Mozilla/5.0' },
      ...patch,
    };
    if (event.linkKind === 'bot-start') delete event.linkKey;
    return encode(topics.clickCaptured, event, { source: 'click-service' });
  };
  const botClick = (clickId: string): OutboundRecord => click({ clickId, linkKind: 'bot-start' });
  const join = (person: number, graceMs: number, patch: Partial<JoinReceived> = {}, secondsLater = 30) => {
    const telegramUserId = String(person);
    const joinedAtSeconds = Math.floor(nowMs / 1_000) + secondsLater;
    const event: JoinReceived = {
      joinId: joinIdOf(CHAT_ID, telegramUserId, joinedAtSeconds),
      botId: '7234567890',
      chatId: CHAT_ID,
      chat: CHAT,
      joinedAt: new Date(joinedAtSeconds * 1_000).toISOString(),
      route: 'invite-link',
      link: { isOwn: true, key, createsJoinRequest: false },
      person: { telegramUserId },
      rule: { graceMs },
      ...patch,
    };
    if (event.route === 'direct') delete event.link;
    return encode(topics.joinReceived, event, { source: 'join-service' });
  };
  const start = (clickId: string, person: number): OutboundRecord => {
    const event: BotStarted = {
      botId: '7234567890',
      chatId: CHAT_ID,
      clickId,
      startedAt: new Date(nowMs).toISOString(),
      person: { telegramUserId: String(person) },
    };
    return encode(topics.botStarted, event, { source: 'join-service' });
  };
  const joinThroughBot = (person: number, graceMs: number, secondsLater = 30): OutboundRecord =>
    join(person, graceMs, { route: 'direct', rule: { graceMs, awaitsBotStart: true } }, secondsLater);
  const someone = 7_000_000_000 + n;
  const another = 8_000_000_000 + n;
  const clickId = randomUUID();

  switch (kind) {
    case 'paid':
      return [click(), join(someone, LONG_GRACE_MS)];
    case 'paid, short grace':
      return [click(), join(someone, SHORT_GRACE_MS)];
    case 'forwarded link':
      return [click(), join(someone, LONG_GRACE_MS), join(another, LONG_GRACE_MS, {}, 60)];
    case 'same person again':
      return [click(), join(someone, LONG_GRACE_MS), join(someone, LONG_GRACE_MS, {}, 3_600)];
    case 'no click':
      return [join(someone, SHORT_GRACE_MS)];
    case 'no link':
      return [join(someone, SHORT_GRACE_MS, { route: 'direct' })];
    case 'fallback link':
      return [click({ linkKind: 'fallback' }), join(someone, LONG_GRACE_MS)];
    case 'old click':
      return [
        click({ capturedAt: new Date(nowMs - 8 * DAY_MS).toISOString() }),
        join(someone, LONG_GRACE_MS),
      ];
    case 'two bots report':
      return [
        click(),
        join(someone, LONG_GRACE_MS),
        join(someone, LONG_GRACE_MS, {
          botId: '7234567891',
          link: { isOwn: false, createsJoinRequest: false },
        }),
      ];
    case 'bot start':
      return [botClick(clickId), start(clickId, someone), joinThroughBot(someone, LONG_GRACE_MS)];
    case 'bot start again':
      return [
        botClick(clickId),
        start(clickId, someone),
        joinThroughBot(someone, SHORT_GRACE_MS),
        joinThroughBot(someone, SHORT_GRACE_MS, 3_600),
      ];
    case 'bot start, no click':
      return [start(clickId, someone), joinThroughBot(someone, SHORT_GRACE_MS)];
    case 'no bot start':
      return [joinThroughBot(someone, SHORT_GRACE_MS)];
  }
}

function kindOf(point: number): Kind {
  let left = point;
  for (const [kind, share] of KINDS) {
    left -= share;
    if (left < 0) return kind;
  }
  return 'paid';
}

/** Mulberry32: small, and the same numbers from the same seed everywhere. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
