import { newClickId, type ChannelConfigured, type ClickCaptured, type Clock } from '@clickjoin/contracts';
import { CLOCK } from '@clickjoin/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { Admission } from '../admission/admission';
import { ClickServiceConfig } from '../config';
import { ClickMetrics } from '../metrics';
import { ClickIds, type ClaimedClick } from './click-ids';
import { ClickLog } from './click-log';
import type { LandingFacts } from './landing-facts';
import { RecentVisits, visitorKey } from './recent-visits';
import { WaysIn, type WayIn } from './ways-in';

export interface PersonVisit {
  readonly channel: ChannelConfigured;
  readonly facts: LandingFacts;
  readonly ip: string | undefined;
  readonly traceparent: string;
  /** Of the caller's making; repeated, it gives the same link again. */
  readonly clickId?: string | undefined;
  /** An invite link of the caller's own. */
  readonly ownLink?: { readonly location: string; readonly linkKey: string } | undefined;
  /** The caller has entered it into `Admission` already, and will leave. */
  readonly isAdmitted?: boolean;
  /** A click whose visitor has nowhere to go is not kept. */
  readonly needsWay?: boolean;
}

/** Where a visitor was sent. */
export interface SentOn {
  readonly clickId: string;
  readonly linkKind: WayIn['linkKind'];
  readonly location: string | undefined;
}

/**
 * - `captured`: in the log or in the spool · `repeat`: it was already
 * - `lost`: neither took it; the way in is given all the same
 * - `shed`: too much is in flight · `no-way-in`: no link, no address · `taken`: the clickId is another channel's
 */
export type Captured =
  | ({ readonly kind: 'captured' | 'repeat' | 'lost' } & SentOn)
  | { readonly kind: 'shed' | 'no-way-in' | 'taken' };

const SHED = { kind: 'shed' } as const;

/** A person wants into a channel: finds a way in, keeps the click, says where to go. */
@Injectable()
export class CaptureService {
  private readonly recent: RecentVisits<Promise<Captured>>;

  constructor(
    private readonly ways: WaysIn,
    private readonly log: ClickLog,
    private readonly ids: ClickIds,
    private readonly admission: Admission,
    private readonly metrics: ClickMetrics,
    config: ClickServiceConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.recent = new RecentVisits(config.sameVisitorMs, clock);
  }

  capture(visit: PersonVisit): Promise<Captured> {
    return visit.clickId === undefined ? this.byVisitor(visit) : this.byClickId(visit, visit.clickId);
  }

  private async byVisitor(visit: PersonVisit): Promise<Captured> {
    const { channel, facts, ip } = visit;
    const { userAgent, ad } = facts;
    // Nobody in particular: a server that tells nothing of its visitors has many who look alike.
    const isSomebody = ad.ttclid !== undefined || (ip !== undefined && userAgent !== undefined);
    const key = isSomebody ? visitorKey({ channel, ip, userAgent, ttclid: ad.ttclid }) : undefined;
    const known = key === undefined ? undefined : this.recent.find(key);
    // Waiting for nothing would already let the second of a double tap pass.
    const before = known === undefined ? undefined : await known;
    if (before?.kind === 'captured' && !this.ways.hasBetter(channel, before)) {
      return { ...before, kind: 'repeat' };
    }
    if (visit.isAdmitted !== true && !this.admission.tryEnter()) return SHED;
    const going = this.keep(visit, newClickId());
    // Before anything is waited for.
    if (key !== undefined) this.recent.remember(key, going);
    return this.settled(visit, going, () => key !== undefined && this.recent.forget(key));
  }

  private async byClickId(visit: PersonVisit, clickId: string): Promise<Captured> {
    // Looked up again after each wait: of two that waited for one that was lost, the second must find the first, or
    // one clickId would get two links.
    for (let known = this.ids.find(clickId); known !== undefined; known = this.ids.find(clickId)) {
      if (known.chatId !== visit.channel.chatId) return { kind: 'taken' };
      const before = await known.captured;
      if (before.kind === 'captured') return { ...before, kind: 'repeat' };
    }
    if (visit.isAdmitted !== true && !this.admission.tryEnter()) return SHED;
    const captured = this.keep(visit, clickId);
    const known = { chatId: visit.channel.chatId, captured };
    this.ids.remember(clickId, known);
    return this.settled(visit, captured, () => this.ids.forget(clickId, known));
  }

  /** @param forget what is not safe must not be answered as if it were */
  private async settled(
    visit: PersonVisit,
    going: Promise<Captured>,
    forget: () => unknown,
  ): Promise<Captured> {
    let isSafe = false;
    try {
      const captured = await going;
      isSafe = captured.kind === 'captured';
      return captured;
    } finally {
      if (!isSafe) forget();
      if (visit.isAdmitted !== true) this.admission.leave();
    }
  }

  private async keep(visit: PersonVisit, clickId: string): Promise<Captured> {
    const { channel, ownLink } = visit;
    const capturedAt = new Date(this.clock.now()).toISOString();
    const finding = ownLink === undefined ? this.ways.find(channel, clickId) : byCallersLink(ownLink);
    let way = finding instanceof Promise ? await finding : finding;
    if (visit.needsWay === true && way.location === undefined) return { kind: 'no-way-in' };
    let claim: ClaimedClick = { clickId, chatId: channel.chatId, capturedAt, way };
    if (visit.clickId !== undefined && !isMadeOfTheCall(way)) {
      claim = await this.ids.claim(claim);
      if (claim.way !== way) this.ways.giveBack(channel, way);
      if (claim.chatId !== channel.chatId) return { kind: 'taken' };
      way = claim.way;
    }
    const click = clickOf(visit, claim);
    this.metrics.redirects.inc({ link: way.linkKind });
    for (const dropped of visit.facts.dropped) this.metrics.factsDropped.inc({ ...dropped });
    const recorded = await this.log.record(click, visit.traceparent);
    const { linkKind, location } = way;
    return { kind: recorded === 'lost' ? 'lost' : 'captured', clickId, linkKind, location };
  }
}

/** The same call would give the same way again at every instance, with nothing kept. */
const isMadeOfTheCall = ({ linkKind }: WayIn): boolean => linkKind === 'caller' || linkKind === 'bot-start';

const byCallersLink = ({ location, linkKey }: { location: string; linkKey: string }): WayIn => ({
  linkKind: 'caller',
  location,
  linkKey,
});

/** In the order of the contract, which is the order of its bytes (`click-record.ts`). */
export function clickOf(
  { channel, facts, ip }: Pick<PersonVisit, 'channel' | 'facts' | 'ip'>,
  { clickId, capturedAt, way: { linkKind, linkKey } }: ClaimedClick,
): ClickCaptured {
  const { userAgent, ttp } = facts;
  return {
    clickId,
    siteId: channel.siteId,
    chatId: channel.chatId,
    slug: channel.slug,
    linkKind,
    ...(linkKey === undefined ? undefined : { linkKey }),
    capturedAt,
    ad: facts.ad,
    page: facts.page,
    visitor: {
      ...(ip === undefined ? undefined : { ip }),
      ...(userAgent === undefined ? undefined : { userAgent }),
      ...(ttp === undefined ? undefined : { ttp }),
    },
  };
}
