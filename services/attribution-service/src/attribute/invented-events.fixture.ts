import { createHash } from 'node:crypto';
import { joinIdOf, type BotStarted, type ClickCaptured, type JoinReceived } from '@clickjoin/contracts';
import type { AppliedRule } from './attribution-rule';
import type { Click, Join } from './decide-joins';

/** Invented clicks, joins and bot starts for the specs of this service. */
export const CLICKED_AT = Date.parse('2026-03-01T12:00:00.000Z');

export const RULE: AppliedRule = {
  windowMs: 7 * 86_400_000,
  toleranceMs: 2_000,
  graceMs: 60_000,
  awaitsBotStart: false,
};

const siteId = '0195f3a0-0000-7000-8000-000000000001';
export const CHAT_ID = '-1002147483648';

export const linkKey = (n: number): string => createHash('sha256').update(`link-${n}`).digest('hex');

export const clickIdOf = (n: number): string => `0195f3a0-0000-7000-9000-${n.toString(16).padStart(12, '0')}`;

export const clickCaptured = (n: number, patch: Partial<ClickCaptured> = {}): ClickCaptured => ({
  clickId: clickIdOf(n),
  siteId,
  chatId: CHAT_ID,
  slug: 'acme',
  linkKind: 'stock',
  linkKey: linkKey(n),
  capturedAt: new Date(CLICKED_AT).toISOString(),
  ad: { ttclid: `E.C.P.click-${n}` },
  page: { url: `https://acme.example/?ttclid=E.C.P.click-${n}` },
  visitor: { ip: '203.0.113.9', userAgent: 'Mozilla/5.0' },
  ...patch,
});

/** A click that led to the bot: it has no link, and is known by its own id. */
export function botClickCaptured(n: number, patch: Partial<ClickCaptured> = {}): ClickCaptured {
  const click = clickCaptured(n, { linkKind: 'bot-start', ...patch });
  delete click.linkKey;
  return click;
}

export const botStarted = (
  clickNumber: number,
  userId: number,
  { startedAtMs = CLICKED_AT + 10_000, ...patch }: Partial<BotStarted> & { startedAtMs?: number } = {},
): BotStarted => ({
  botId: '7234567890',
  chatId: CHAT_ID,
  clickId: clickIdOf(clickNumber),
  startedAt: new Date(Math.floor(startedAtMs / 1000) * 1000).toISOString(),
  person: { telegramUserId: String(userId) },
  ...patch,
});

/** @param n the link's number; the person's too, unless `userId` says otherwise. */
export function joinReceived(
  n: number,
  { joinedAtMs = CLICKED_AT + 30_000, userId = 7_000_000_000 + n, ...patch }: JoinOptions = {},
): JoinReceived {
  const joinedAtSeconds = Math.floor(joinedAtMs / 1000);
  const telegramUserId = String(userId);
  return {
    joinId: joinIdOf(CHAT_ID, telegramUserId, joinedAtSeconds),
    botId: '7234567890',
    chatId: CHAT_ID,
    chat: { type: 'channel', title: 'Acme Private', isPublic: false },
    joinedAt: new Date(joinedAtSeconds * 1000).toISOString(),
    route: 'invite-link',
    link: { isOwn: true, key: linkKey(n), createsJoinRequest: false },
    person: { telegramUserId },
    ...patch,
  };
}

export type JoinOptions = Partial<JoinReceived> & { joinedAtMs?: number; userId?: number };

/** The same join without any link in the update. */
export function joinWithoutLink(n: number, options: JoinOptions = {}): JoinReceived {
  const join = joinReceived(n, { route: 'direct', ...options });
  delete join.link;
  return join;
}

/** The same join by a link that another bot or person made: Telegram cuts it. */
export const joinByCutLink = (n: number, options: JoinOptions = {}): JoinReceived =>
  joinReceived(n, { link: { isOwn: false, createsJoinRequest: false }, ...options });

export const clickOf = (
  event: ClickCaptured,
  { loggedAtMs = CLICKED_AT, convertedBy }: { loggedAtMs?: number; convertedBy?: Click['convertedBy'] } = {},
): Click => ({
  clickKey: event.linkKey ?? event.clickId,
  clickId: event.clickId,
  siteId: event.siteId,
  chatId: event.chatId,
  linkKind: event.linkKind,
  capturedAt: event.capturedAt,
  loggedAtMs,
  facts: { ad: event.ad, page: event.page, visitor: event.visitor },
  ...(convertedBy === undefined ? {} : { convertedBy }),
});

export const joinOf = (
  event: JoinReceived,
  {
    offset = 0n,
    loggedAtMs = CLICKED_AT,
    rule = RULE,
  }: { offset?: bigint; loggedAtMs?: number; rule?: AppliedRule } = {},
): Join => ({ event, rule, offset, loggedAtMs });
