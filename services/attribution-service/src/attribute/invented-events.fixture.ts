import { createHash } from 'node:crypto';
import { joinIdOf, type ClickCaptured, type JoinReceived } from '@clickjoin/contracts';
import type { Click, Join } from './decide-joins';

/** Invented clicks and joins for the specs of this service. */
export const CLICKED_AT = Date.parse('2026-03-01T12:00:00.000Z');

const siteId = '0195f3a0-0000-7000-8000-000000000001';
const chatId = '-1002147483648';

export const linkKey = (n: number): string => createHash('sha256').update(`link-${n}`).digest('hex');

const uuid = (n: number): string => `0195f3a0-0000-7000-9000-${n.toString(16).padStart(12, '0')}`;

export const clickCaptured = (n: number, patch: Partial<ClickCaptured> = {}): ClickCaptured => ({
  clickId: uuid(n),
  siteId,
  chatId,
  slug: 'acme',
  linkKind: 'stock',
  linkKey: linkKey(n),
  capturedAt: new Date(CLICKED_AT).toISOString(),
  ad: { ttclid: `E.C.P.click-${n}` },
  page: { url: `https://acme.example/?ttclid=E.C.P.click-${n}` },
  visitor: { ip: '203.0.113.9', userAgent: 'Mozilla/5.0' },
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
    joinId: joinIdOf(chatId, telegramUserId, joinedAtSeconds),
    botId: '7234567890',
    chatId,
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

export const clickOf = (event: ClickCaptured, convertedBy?: Click['convertedBy']): Click => ({
  linkKey: event.linkKey ?? '',
  clickId: event.clickId,
  siteId: event.siteId,
  linkKind: event.linkKind,
  capturedAt: event.capturedAt,
  facts: { ad: event.ad, page: event.page, visitor: event.visitor },
  ...(convertedBy === undefined ? {} : { convertedBy }),
});

export const joinOf = (event: JoinReceived, offset = 0n): Join => ({ event, offset, loggedAtMs: CLICKED_AT });
