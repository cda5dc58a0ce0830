import { newClickId, type ChannelConfigured, type ClickCaptured, type Clock } from '@clickjoin/contracts';
import { CLOCK } from '@clickjoin/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { ClickServiceConfig } from '../config';
import { LinkStock } from '../link-stock/link-stock';
import type { StockLink } from '../link-stock/stock-link';
import { ClickMetrics } from '../metrics';
import { ClickLog } from './click-log';
import { inviteAddress, publicAddress } from './telegram-address';
import type { LandingFacts } from './landing-facts';
import { RecentVisits, visitorKey, type Visit } from './recent-visits';

export interface PersonVisit {
  readonly channel: ChannelConfigured;
  readonly facts: LandingFacts;
  readonly ip: string | undefined;
  readonly traceparent: string;
}

interface Target extends Visit {
  readonly linkKey: string | undefined;
}

/** A person wants into a channel: takes a link, keeps the click, says where to go. */
@Injectable()
export class CaptureService {
  private readonly recent: RecentVisits;

  constructor(
    private readonly stock: LinkStock,
    private readonly log: ClickLog,
    private readonly metrics: ClickMetrics,
    config: ClickServiceConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.recent = new RecentVisits(config.sameVisitorMs, clock);
  }

  /** @returns the address to send the person to; undefined when there is none, so that only a page can help */
  async visit(visit: PersonVisit): Promise<string | undefined> {
    const { channel, facts } = visit;
    const key = visitorKey({
      slug: channel.slug,
      ip: visit.ip,
      userAgent: facts.userAgent,
      ttclid: facts.ad.ttclid,
    });
    const known = this.recent.find(key);
    // Waiting for nothing would already let the second of a double tap pass.
    const before = known === undefined ? undefined : await known;
    if (before !== undefined && !this.hasBetter(channel, before)) {
      this.metrics.visits.inc({ kind: 'repeat' });
      return before.location;
    }
    const going = this.targetFor(channel);
    // Before anything is waited for.
    this.recent.remember(key, going);
    const target = await going;
    this.metrics.visits.inc({ kind: 'person' });
    this.metrics.redirects.inc({ link: target.linkKind });
    for (const dropped of facts.dropped) this.metrics.factsDropped.inc({ ...dropped });

    const recorded = await this.log.record(this.clickOf(visit, target), visit.traceparent);
    if (recorded === 'lost') this.recent.forget(key);
    return target.location;
  }

  /** Who got a shared link while there was no stock gets an own one as soon as there is: only that can be attributed. */
  private hasBetter(channel: ChannelConfigured, before: Visit): boolean {
    if (before.linkKind === 'stock') return false;
    if (this.stock.held(channel) > 0) return true;
    return before.linkKind === 'none' && this.stock.fallback(channel) !== undefined;
  }

  private targetFor(channel: ChannelConfigured): Target | Promise<Target> {
    const own = this.stock.take(channel);
    return own === undefined ? this.withoutStock(channel) : ownTarget(own);
  }

  private async withoutStock(channel: ChannelConfigured): Promise<Target> {
    const own = await this.stock.takeSoon(channel);
    if (own !== undefined) return ownTarget(own);
    const shared = this.stock.fallback(channel);
    if (shared !== undefined) {
      return { location: inviteAddress(shared.url), linkKind: 'fallback', linkKey: shared.linkKey };
    }
    return { location: publicAddress(channel), linkKind: 'none', linkKey: undefined };
  }

  private clickOf({ channel, facts, ip }: PersonVisit, { linkKind, linkKey }: Target): ClickCaptured {
    const { userAgent, ttp } = facts;
    return {
      clickId: newClickId(),
      siteId: channel.siteId,
      chatId: channel.chatId,
      slug: channel.slug,
      linkKind,
      ...(linkKey === undefined ? {} : { linkKey }),
      capturedAt: new Date(this.clock.now()).toISOString(),
      ad: facts.ad,
      page: facts.page,
      visitor: {
        ...(ip === undefined ? {} : { ip }),
        ...(userAgent === undefined ? {} : { userAgent }),
        ...(ttp === undefined ? {} : { ttp }),
      },
    };
  }
}

const ownTarget = ({ url, linkKey }: StockLink): Target => ({
  location: inviteAddress(url),
  linkKind: 'stock',
  linkKey,
});
