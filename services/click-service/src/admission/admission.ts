import type { Clock } from '@clickjoin/contracts';
import { CLOCK } from '@clickjoin/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { ClickServiceConfig } from '../config';
import { ClickMetrics } from '../metrics';
import { addressKeyOf } from './address-key';
import { TokenBuckets } from './token-buckets';

/** The largest batch must fit, or it would wait for ever. */
const LEAST_SITE_BURST = 500;

/**
 * How much is taken on: so many clicks at once, and so many a second of one address and of one site. All in memory and
 * for this instance alone, since a question to somebody else would cost more than what it protects.
 */
@Injectable()
export class Admission {
  private readonly addresses: TokenBuckets;
  private readonly sites: TokenBuckets;
  private inFlight = 0;

  constructor(
    private readonly config: ClickServiceConfig,
    private readonly metrics: ClickMetrics,
    @Inject(CLOCK) clock: Clock,
  ) {
    const { ipClicksPerSecond, siteClicksPerSecond } = config;
    this.addresses = new TokenBuckets(
      { perSecond: ipClicksPerSecond, burst: Math.max(ipClicksPerSecond * 10, 1) },
      clock,
    );
    this.sites = new TokenBuckets(
      { perSecond: siteClicksPerSecond, burst: Math.max(siteClicksPerSecond * 2, LEAST_SITE_BURST) },
      clock,
    );
  }

  /** Takes them on, all or none. Whoever gets true calls `leave` when they are done. */
  tryEnter(clicks = 1): boolean {
    if (this.inFlight + clicks > this.config.maxInFlight) {
      this.metrics.shed.inc(clicks);
      return false;
    }
    this.inFlight += clicks;
    this.metrics.inFlight.set(this.inFlight);
    return true;
  }

  leave(clicks = 1): void {
    this.inFlight -= clicks;
    this.metrics.inFlight.set(this.inFlight);
  }

  /** @returns 0: go on; else in how many milliseconds this address may come again */
  visitorWaitMs(ip: string | undefined): number {
    if (this.config.ipClicksPerSecond === 0) return 0;
    const key = addressKeyOf(ip);
    return key === undefined ? 0 : this.limited('address', this.addresses.take(key));
  }

  /** @returns 0: go on; else in how many milliseconds there is room for so many clicks of this site */
  siteWaitMs(siteId: string, clicks = 1): number {
    return this.limited('site', this.sites.take(siteId, clicks));
  }

  private limited(by: 'address' | 'site', waitMs: number): number {
    if (waitMs > 0) this.metrics.limited.inc({ by });
    return waitMs;
  }
}
