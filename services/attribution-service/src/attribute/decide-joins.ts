import type {
  AdClick,
  JoinReceived,
  LandingPage,
  LinkKind,
  OrganicReason,
  Visitor,
} from '@clickjoin/contracts';

/** A captured click, as far as attribution and the conversion's event need it. */
export interface Click {
  readonly linkKey: string;
  readonly clickId: string;
  readonly siteId: string;
  readonly linkKind: LinkKind;
  /** As in the event (UTC). */
  readonly capturedAt: string;
  readonly facts: { readonly ad: AdClick; readonly page: LandingPage; readonly visitor: Visitor };
  /** The join that this click's link was credited to. */
  readonly convertedBy?: { readonly joinId: string; readonly telegramUserId: string };
}

/** A join with what the log says of it. */
export interface Join {
  readonly event: JoinReceived;
  /** Offset in its partition: the order that decides which join was first. */
  readonly offset: bigint;
  /** When it came into the log, Unix ms: grace counts from here. */
  readonly loggedAtMs: number;
  readonly traceparent?: string | undefined;
}

export interface AttributionRule {
  /** How long after a click a join still counts. */
  readonly windowMs: number;
  /** How much earlier than its click a join may look: Telegram's clock has whole seconds. */
  readonly toleranceMs: number;
}

export type Decision =
  | { readonly kind: 'attributed'; readonly click: Click }
  | { readonly kind: 'organic'; readonly reason: OrganicReason; readonly click?: Click }
  /** Its click, or a report of the same join by the bot that made the link, may still come. */
  | { readonly kind: 'waiting' };

export interface DecidedJoin {
  readonly join: Join;
  readonly decision: Decision;
}

const organic = (reason: OrganicReason, click?: Click): Decision =>
  click === undefined ? { kind: 'organic', reason } : { kind: 'organic', reason, click };

/**
 * Decides joins in the order given, which must be that of the log: of several joins by one link the first
 * that fits is credited. Pure, so a retry of the transaction decides alike.
 * @param clickOf the click of a link key, as stored.
 */
export function decideJoins(
  joins: readonly Join[],
  clickOf: (linkKey: string) => Click | undefined,
  rule: AttributionRule,
): DecidedJoin[] {
  const credited = new Map<string, NonNullable<Click['convertedBy']>>();
  return joins.map((join) => {
    const key = join.event.link?.key;
    const stored = key === undefined ? undefined : clickOf(key);
    const convertedBy = stored && (credited.get(stored.linkKey) ?? stored.convertedBy);
    const click = stored && convertedBy ? { ...stored, convertedBy } : stored;
    const decision = decideJoin(join.event, click, rule);
    if (decision.kind === 'attributed') {
      credited.set(decision.click.linkKey, {
        joinId: join.event.joinId,
        telegramUserId: join.event.person.telegramUserId,
      });
    }
    return { join, decision };
  });
}

/** The rule for one join. The rows of docs/ARCHITECTURE.md "Why organic?" stand in this order. */
export function decideJoin(join: JoinReceived, click: Click | undefined, rule: AttributionRule): Decision {
  if (join.link === undefined) return organic(reasonWithoutLink(join));
  if (click === undefined) return { kind: 'waiting' };
  if (click.linkKind !== 'stock' && click.linkKind !== 'caller') return organic('fallback-link', click);
  if (click.convertedBy !== undefined) {
    const samePerson = click.convertedBy.telegramUserId === join.person.telegramUserId;
    return organic(samePerson ? 'rejoin' : 'link-already-converted', click);
  }
  const ageMs = Date.parse(join.joinedAt) - Date.parse(click.capturedAt);
  if (ageMs < -rule.toleranceMs || ageMs > rule.windowMs) return organic('click-outside-window', click);
  return { kind: 'attributed', click };
}

/** What a join is that waited for its click until the deadline, with all clicks of that time read. */
export const reasonAtDeadline = (join: JoinReceived): OrganicReason =>
  join.link?.key === undefined ? 'link-not-ours' : 'no-click';

function reasonWithoutLink(join: JoinReceived): OrganicReason {
  switch (join.route) {
    case 'added-by-admin':
      return 'added-by-admin';
    case 'folder-link':
      return 'folder-link';
    case 'direct':
    case 'join-request':
    case 'invite-link':
      return join.chat.isPublic ? 'public-direct-join' : 'no-invite-link';
  }
}
