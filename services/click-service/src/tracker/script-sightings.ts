import { encode, topics, type Clock, type ScriptSeen } from '@clickjoin/contracts';
import { Publisher } from '@clickjoin/kafka';
import { CLOCK } from '@clickjoin/service-kit';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ClickMetrics } from '../metrics';
import { RareLog } from '../rare-log';
import { SERVICE } from '../service-name';
import { SiteDirectory } from '../sites/site-directory';

const EVERY_MS = 60_000;
/** Only origins that sites list get in; forgotten ones are told once more, which is harmless. */
const MAX_REMEMBERED = 10_000;

/** Tells the topic that the tracker runs on a site's pages: for each site and origin at most once a minute. */
@Injectable()
export class ScriptSightings {
  private readonly logger = new Logger(ScriptSightings.name);
  private readonly warnings: RareLog;
  private readonly lastSeenAt = new LRUCache<string, number>({ max: MAX_REMEMBERED });

  constructor(
    private readonly sites: SiteDirectory,
    private readonly publisher: Publisher,
    private readonly metrics: ClickMetrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.warnings = new RareLog(EVERY_MS, clock);
  }

  /**
   * Returns at once: no page waits for this.
   *
   * @param origin of the page; others than the site's own are nobody's business and not told
   */
  saw(siteId: string, origin: string): void {
    if (!this.sites.allows(siteId, origin)) return;
    const key = `${siteId} ${origin}`;
    const now = this.clock.now();
    if (now - (this.lastSeenAt.get(key) ?? -Infinity) < EVERY_MS) return;
    // Also when Kafka is away: one try a minute, or the queue would fill with what nobody needs twice.
    this.lastSeenAt.set(key, now);
    void this.publish({ siteId, origin, seenAt: new Date(now).toISOString() });
  }

  private async publish(seen: ScriptSeen): Promise<void> {
    try {
      await this.publisher.publish(encode(topics.scriptSeen, seen, { source: SERVICE }));
      this.metrics.scriptSightings.inc({ result: 'published' });
    } catch (error) {
      this.metrics.scriptSightings.inc({ result: 'failed' });
      const times = this.warnings.due();
      if (times !== undefined)
        this.logger.warn(
          { err: error, times },
          'Kafka did not take that the tracker was seen; a later one will do',
        );
    }
  }
}
