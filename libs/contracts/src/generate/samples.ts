import { createHash } from 'node:crypto';
import type { EventClass } from '../topic';
import { conversionIdOf, deliveryIdOf, joinIdOf, tiktokEventIdOf } from '../ids';
import { linkKeyOf } from '../invite-link';
import type { SealedSecret } from '../sealed-secret';
import type { topics } from '../topics';

type Topics = typeof topics;
/** The shape of a class without being the class: events are data. */
type Plain<T> = T extends object ? { [Field in keyof T]: Plain<T[Field]> } : T;

/** The event that a topic of the registry carries. */
type EventOf<K extends keyof Topics> = Topics[K]['eventClass'] extends EventClass<infer T> ? T : never;

/** One story, with invented people: a click, the join it led to, and what became of it. */
const siteId = '0198f3a1-7c20-7a10-8b52-3f6d2c9e4b01';
const pixelId = '0198f3a1-9d44-7be3-a1c7-5e08d7f31a02';
const clickId = '0198f3b6-02d8-7c41-9e6a-7b1d4f5c8e03';
const chatId = '-1002111222333';
const botId = '7311223344';
const telegramUserId = '6011223344';
const joinedAtSeconds = 1_788_000_042;

const joinedAt = new Date(joinedAtSeconds * 1000).toISOString();
const clickedAt = new Date((joinedAtSeconds - 12) * 1000 + 345).toISOString();
const configuredAt = '2026-08-20T09:15:00.000Z';

const joinId = joinIdOf(chatId, telegramUserId, joinedAtSeconds);
const conversionId = conversionIdOf(joinId);
const linkKey = linkKeyOf('https://t.me/+Wb4kRt9PzM2nLxEa') ?? '';

const chat = { type: 'channel', title: 'Morning Recipes', isPublic: false } as const;
const person = { telegramUserId };
const ad = {
  ttclid: 'E.C.P.invented-click-id-7f3a9c1b5d2e8f60',
  utm: { source: 'tiktok', medium: 'cpc', campaign: 'autumn-recipes', content: 'video-3' },
};
const page = {
  url: 'https://recipes.example/join?ttclid=E.C.P.invented-click-id-7f3a9c1b5d2e8f60&utm_source=tiktok',
  referrer: 'https://www.tiktok.com/',
};
const visitor = {
  ip: '203.0.113.24',
  userAgent:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
  ttp: '2invented0ttp0cookie0value00',
};

/** Looks as a sealed secret does; no key opens it. */
const sealed = (ciphertext: string): SealedSecret => ({
  keyId: 'k2026',
  iv: 'c2FtcGxlLWl2LTAx',
  ciphertext: Buffer.from(ciphertext).toString('base64'),
  tag: 'c2FtcGxlLXRhZy0wMDAwMQ==',
});

/** One message for each topic, typed by its contract class; `samples/` is made from these. */
export const samples: { readonly [K in keyof Topics]: Plain<EventOf<K>> } = {
  clickCaptured: {
    clickId,
    siteId,
    chatId,
    slug: 'morning-recipes',
    linkKind: 'stock',
    linkKey,
    capturedAt: clickedAt,
    ad,
    page,
    visitor,
  },
  joinReceived: {
    joinId,
    botId,
    chatId,
    chat,
    joinedAt,
    route: 'invite-link',
    link: { isOwn: true, key: linkKey, createsJoinRequest: false },
    person,
    rule: { windowMs: 604_800_000, graceMs: 60_000, awaitsBotStart: false },
  },
  memberLeft: { botId, chatId, leftAt: '2026-09-02T18:03:11.000Z', kind: 'left', person },
  botStarted: { botId, chatId, clickId, startedAt: '2026-08-29T10:40:33.000Z', person },
  channelDetected: {
    chatId,
    botId,
    chat,
    botIsAdmin: true,
    botCanInvite: true,
    observedAt: '2026-08-20T09:10:02.000Z',
  },
  chatMigrated: {
    botId,
    fromChatId: '-4055667788',
    toChatId: '-1002444555666',
    migratedAt: '2026-08-21T07:30:05.000Z',
  },
  botChecked: {
    botId,
    checkedAt: '2026-08-29T10:45:00.000Z',
    updatesBy: 'webhook',
    problems: ['webhook-errors', 'updates-pending'],
    pendingUpdates: 41,
    message: 'Wrong response from the webhook: 502 Bad Gateway',
    lastErrorAt: '2026-08-29T10:44:51.000Z',
    lastUpdateAt: '2026-08-29T10:40:42.000Z',
  },
  updateRejected: {
    botId,
    receivedAt: '2026-08-29T10:44:00.512Z',
    reason: 'chat_member.date must be Unix seconds',
    body: Buffer.from('{"update_id":512000077,"chat_member":{"date":"soon"}}').toString('base64'),
  },
  scriptSeen: {
    siteId,
    origin: 'https://recipes.example',
    seenAt: '2026-08-29T10:40:21.330Z',
    trackerVersion: '0.1.0',
  },
  conversionAttributed: {
    conversionId,
    joinId,
    clickId,
    siteId,
    chatId,
    chat,
    method: 'invite-link',
    joinedAt,
    clickedAt,
    clickAgeMs: Date.parse(joinedAt) - Date.parse(clickedAt),
    ad,
    page,
    visitor,
    person,
  },
  joinOrganic: {
    joinId: joinIdOf(chatId, '6055667788', joinedAtSeconds + 90),
    chatId,
    chat,
    joinedAt: new Date((joinedAtSeconds + 90) * 1000).toISOString(),
    reason: 'no-invite-link',
    person: { telegramUserId: '6055667788' },
  },
  deliveryUpdated: {
    deliveryId: deliveryIdOf(conversionId, pixelId),
    conversionId,
    joinId,
    pixelId,
    siteId,
    chatId,
    eventId: tiktokEventIdOf(conversionId),
    eventName: 'CompleteRegistration',
    state: 'accepted',
    revision: 3,
    joinedAt,
    updatedAt: new Date(joinedAtSeconds * 1000 + 1_870).toISOString(),
    attempt: {
      number: 1,
      startedAt: new Date(joinedAtSeconds * 1000 + 1_440).toISOString(),
      durationMs: 412,
      verdict: 'accepted',
      explanation: 'TikTok took the event.',
      httpStatus: 200,
      code: 0,
      message: 'OK',
      requestId: '20260829104044010245073141invented',
    },
    matchQuality: {
      level: 'high',
      signals: ['ttclid', 'ip-and-user-agent', 'external-id', 'ttp'],
      clickAgeMs: Date.parse(joinedAt) - Date.parse(clickedAt),
    },
  },
  pixelStateChanged: {
    pixelId,
    siteId,
    state: 'paused',
    reason: 'refused',
    changedAt: '2026-08-30T08:00:00.000Z',
    code: 40105,
    message: 'Access token is incorrect or has been revoked.',
    explanation:
      'TikTok no longer takes the access token. Enter a new one; the conversions wait and then go.',
  },
  personErased: {
    telegramUserId,
    erasedAt: '2026-09-03T12:00:00.000Z',
    joinIds: [joinId],
    conversionIds: [conversionId],
    clickIds: [clickId],
  },
  site: {
    siteId,
    name: 'Recipes',
    allowedOrigins: [
      'https://recipes.example',
      'https://www.recipes.example',
      'https://offers.recipes.example',
      'https://autumn.recipes.example',
    ],
    tracker: { isEnabled: true, keepDays: 28, needsConsent: false, respectsDoNotTrack: true },
    apiKeyHash: createHash('sha256').update('an invented site key').digest('hex'),
    reviewBots: 'ignore',
    version: 1,
    configuredAt,
  },
  channel: {
    chatId,
    siteId,
    botId,
    slug: 'morning-recipes',
    chat,
    eventType: 'CompleteRegistration',
    value: 1.5,
    currency: 'USD',
    contentName: 'Morning Recipes',
    linkMode: 'invite-link',
    joinRequests: 'off',
    attribution: { windowMs: 604_800_000, toleranceMs: 2_000, graceMs: 60_000 },
    version: 2,
    configuredAt,
  },
  pixel: {
    pixelId,
    siteId,
    name: 'Recipes pixel',
    pixelCode: 'CINVENTEDPIXEL000001',
    wireFormat: '1.0',
    accessToken: sealed('sample of a sealed access token'),
    isPaused: false,
    version: 1,
    configuredAt,
  },
  bot: {
    botId,
    username: 'morning_recipes_example_bot',
    name: 'Recipes joins',
    token: sealed('sample of a sealed bot token'),
    webhookSecret: sealed('sample of a sealed webhook secret'),
    version: 1,
    configuredAt,
  },
};
