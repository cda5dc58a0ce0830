import type {
  AdClick,
  AttributionMethod,
  JoinReceived,
  LandingPage,
  LinkKind,
  OrganicReason,
  Visitor,
} from '@clickjoin/contracts';
import type { AppliedRule } from './attribution-rule';

/** A captured click, as far as attribution and the conversion's event need it. */
export interface Click {
  /** The link key, or the click id of a click without a link. */
  readonly clickKey: string;
  readonly clickId: string;
  readonly siteId: string;
  readonly chatId: string;
  readonly linkKind: LinkKind;
  /** As in the event (UTC). */
  readonly capturedAt: string;
  /** When it came into the log, Unix ms. */
  readonly loggedAtMs: number;
  /** Gone once the click is credited, erased, or so old that it can't be. */
  readonly facts?: { readonly ad: AdClick; readonly page: LandingPage; readonly visitor: Visitor };
  /** The join that this click was credited to; a person who was erased has no id any more. */
  readonly convertedBy?: { readonly joinId: string; readonly telegramUserId?: string };
}

/** A start of the bot by the member whose join is decided. */
export interface BotStart {
  readonly clickId: string;
  readonly startedAt: string;
  /** Its place in its partition, which is the same for all starts of one member. */
  readonly offset: bigint;
  readonly loggedAtMs: number;
}

/** A join with what the log says of it. */
export interface Join {
  readonly event: JoinReceived;
  readonly rule: AppliedRule;
  /** Offset in its partition: the order that decides which join was first. */
  readonly offset: bigint;
  /** When it came into the log, Unix ms: grace counts from here. */
  readonly loggedAtMs: number;
  readonly traceparent?: string | undefined;
}

/** What the log has told so far. */
export interface Knowledge {
  /** By link key, or by click id for a click without a link. */
  clickOf(clickKey: string): Click | undefined;
  /** The starts of the bot by a member, in the order of the log. */
  startsOf(member: string): readonly BotStart[];
}

export type Decision =
  | { readonly kind: 'attributed'; readonly method: AttributionMethod; readonly click: Click }
  | { readonly kind: 'organic'; readonly reason: OrganicReason; readonly click?: Click }
  /** Its click, its bot start, or a report of the same join by the bot that made the link, may still come. */
  | { readonly kind: 'waiting' };

export interface DecidedJoin {
  readonly join: Join;
  readonly decision: Decision;
}

/** What a waiting join waits for; it says what must have been read before the wait may end. */
export type WaitsFor = 'click' | 'report' | 'bot-start' | 'report-or-bot-start';

const WAITING: Decision = { kind: 'waiting' };
const organic = (reason: OrganicReason, click?: Click): Decision =>
  click === undefined ? { kind: 'organic', reason } : { kind: 'organic', reason, click };

/** One person in one channel. */
export const memberOf = ({ chatId, person }: Pick<JoinReceived, 'chatId' | 'person'>): string =>
  `${chatId}:${person.telegramUserId}`;

/** Until when, in the log's time, what arrives still counts for this join. Unix ms, inclusive. */
export const deadlineOf = ({ loggedAtMs, rule }: Pick<Join, 'loggedAtMs' | 'rule'>): number =>
  loggedAtMs + rule.graceMs;

/** Decided by starts of the bot: no link of ours, in a channel whose visitors come through the bot. */
export const looksAtBotStarts = ({ event, rule }: Pick<Join, 'event' | 'rule'>): boolean =>
  rule.awaitsBotStart && event.link?.key === undefined;

export function waitsFor(join: Pick<Join, 'event' | 'rule'>): WaitsFor {
  if (join.event.link?.key !== undefined) return 'click';
  if (!join.rule.awaitsBotStart) return 'report';
  return join.event.link === undefined ? 'bot-start' : 'report-or-bot-start';
}

/**
 * Decides joins in the order given, which must be that of the log: of several joins by one link the first that fits
 * is credited, and of one member's joins none overtakes an earlier one that waits. Pure, so a retry of the
 * transaction decides alike; and by the log's times alone, so that it makes no difference when something was read.
 * @param isFinal whether all that could still count for a join has been read: then it waits no longer.
 */
export function decideJoins(
  joins: readonly Join[],
  known: Knowledge,
  isFinal: (join: Join) => boolean = () => false,
): DecidedJoin[] {
  const credited = new Map<string, NonNullable<Click['convertedBy']>>();
  const clickOf = (clickKey: string): Click | undefined => {
    const click = known.clickOf(clickKey);
    const convertedBy = credited.get(clickKey);
    return click === undefined || convertedBy === undefined ? click : { ...click, convertedBy };
  };
  const held = new Set<string>();
  return joins.map((join) => {
    const member = looksAtBotStarts(join) ? memberOf(join.event) : undefined;
    const decision =
      member !== undefined && held.has(member)
        ? WAITING
        : decideJoin(join, { clickOf, startsOf: (of) => known.startsOf(of) }, isFinal(join));
    if (decision.kind === 'waiting' && member !== undefined) held.add(member);
    if (decision.kind === 'attributed') {
      const { joinId, person } = join.event;
      credited.set(decision.click.clickKey, { joinId, telegramUserId: person.telegramUserId });
    }
    return { join, decision };
  });
}

/** The rule for one join. The rows of docs/ARCHITECTURE.md "Why organic?" stand in this order. */
export function decideJoin(join: Join, known: Knowledge, isFinal: boolean): Decision {
  const { link } = join.event;
  if (link?.key !== undefined) return decideByLink(join, known.clickOf(link.key), isFinal);
  if (join.rule.awaitsBotStart) return decideByBotStart(join, known, isFinal);
  if (link === undefined) return organic(reasonWithoutLink(join.event));
  return isFinal ? organic('link-not-ours') : WAITING;
}

function decideByLink(join: Join, click: Click | undefined, isFinal: boolean): Decision {
  if (!isInTime(join, click)) return isFinal ? organic('no-click') : WAITING;
  if (click.linkKind !== 'stock' && click.linkKind !== 'caller') return organic('fallback-link', click);
  const reason = reasonAgainst(join, click);
  return reason === undefined ? { kind: 'attributed', method: 'invite-link', click } : organic(reason, click);
}

/**
 * Of the member's starts of the bot, in the order of the log, the first whose click fits. First and not newest: what
 * has been read of a partition is its beginning, so more of it never changes which is first. A start whose click is
 * not there holds back those behind it, as long as it may come.
 */
function decideByBotStart(join: Join, known: Knowledge, isFinal: boolean): Decision {
  const { event } = join;
  // A report with a link of ours beats the bot's start, so it must have had its time to come.
  if (event.link !== undefined && !isFinal) return WAITING;
  const latestStart = Date.parse(event.joinedAt) + join.rule.toleranceMs;
  const deadlineMs = deadlineOf(join);
  let against: Decision | undefined;
  let isClickMissing = false;
  for (const start of known.startsOf(memberOf(event))) {
    if (Date.parse(start.startedAt) > latestStart || start.loggedAtMs > deadlineMs) continue;
    const click = known.clickOf(start.clickId);
    if (!isInTime(join, click)) {
      if (!isFinal) return WAITING;
      isClickMissing = true;
      continue;
    }
    // The id came through a stranger's hands: it may name a click for another channel, or one with a link.
    if (click.linkKind !== 'bot-start' || click.chatId !== event.chatId) continue;
    const reason = reasonAgainst(join, click);
    if (reason === undefined) return { kind: 'attributed', method: 'bot-start', click };
    against ??= organic(reason, click);
  }
  if (!isFinal) return WAITING;
  if (against !== undefined) return against;
  if (isClickMissing) return organic('no-click');
  return organic(event.link === undefined ? reasonWithoutLink(event) : 'link-not-ours');
}

/** What came into the log after the join's grace does not count, even if the join is still waiting to be closed. */
const isInTime = (join: Join, click: Click | undefined): click is Click =>
  click !== undefined && click.loggedAtMs <= deadlineOf(join);

/** Why a click, though it is the join's, is not credited to it. */
function reasonAgainst({ event, rule }: Join, click: Click): OrganicReason | undefined {
  if (click.convertedBy !== undefined) {
    const isSamePerson = click.convertedBy.telegramUserId === event.person.telegramUserId;
    return isSamePerson ? 'rejoin' : 'link-already-converted';
  }
  const ageMs = Date.parse(event.joinedAt) - Date.parse(click.capturedAt);
  const fits = ageMs >= -rule.toleranceMs && ageMs <= rule.windowMs;
  // Facts leave a click only after the longest window there is.
  return fits && click.facts !== undefined ? undefined : 'click-outside-window';
}

function reasonWithoutLink(join: JoinReceived): OrganicReason {
  switch (join.route) {
    case 'added-by-admin':
      return 'added-by-admin';
    case 'folder-link':
      return 'folder-link';
    case 'direct':
    case 'join-request':
    case 'invite-link':
      if (join.rejoin === true) return 'rejoin';
      return join.chat.isPublic ? 'public-direct-join' : 'no-invite-link';
  }
}
