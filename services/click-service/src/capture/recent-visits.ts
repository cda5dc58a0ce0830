import type { ChannelConfigured, Clock } from '@clickjoin/contracts';
import { LRUCache } from 'lru-cache';
import { hash } from 'node:crypto';

export interface VisitorFacts {
  readonly channel: Pick<ChannelConfigured, 'slug' | 'chatId' | 'botId' | 'linkMode'>;
  readonly ip: string | undefined;
  readonly userAgent: string | undefined;
  readonly ttclid: string | undefined;
}

/** About 40 MB when full; the oldest go first, and whose entry is gone is simply a new click. */
const MOST = 100_000;

/**
 * Who was sent where lately, so that a double tap or a reload uses no second link and is no second click. Keeps hashes
 * only: nobody's address or browser can be read out of the memory.
 */
export class RecentVisits<V extends object> {
  private readonly visits: LRUCache<string, V> | undefined;

  /** @param forMs 0: every visit is a new one */
  constructor(forMs: number, clock: Clock) {
    this.visits =
      forMs === 0
        ? undefined
        : new LRUCache({ max: MOST, ttl: forMs, ttlResolution: 0, perf: { now: () => clock.now() } });
  }

  find(key: string): V | undefined {
    return this.visits?.get(key);
  }

  /** @param visit may still be on its way: of a double tap, the second must find the first */
  remember(key: string, visit: V): void {
    this.visits?.set(key, visit);
  }

  forget(key: string): void {
    this.visits?.delete(key);
  }
}

/**
 * A new ad click (a new ttclid) is a new visitor, on the same phone too. So is everybody once the slug leads elsewhere
 * or by another kind of link: the answer of before would send them to where it led then.
 */
export function visitorKey({ channel, ip, userAgent, ttclid }: VisitorFacts): string {
  const { slug, chatId, botId, linkMode } = channel;
  return hash('sha256', JSON.stringify([slug, chatId, botId, linkMode, ip, userAgent, ttclid]), 'base64url');
}
