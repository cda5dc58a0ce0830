import type { Clock } from '@clickjoin/contracts';
import { LRUCache } from 'lru-cache';

interface Bucket {
  tokens: number;
  filledAt: number;
}

export interface BucketRule {
  /** Tokens that come in a second. 0: no limit. */
  readonly perSecond: number;
  /** Tokens that a bucket holds, and has at first. */
  readonly burst: number;
}

/** About 10 MB when full. Who is forgotten begins with a full bucket: more buckets than that, and the limit leaks. */
const MOST = 50_000;

/** A rate limit for each of many keys, in bounded memory: the keys that were silent longest are forgotten first. */
export class TokenBuckets {
  private readonly buckets: LRUCache<string, Bucket>;

  constructor(
    private readonly rule: BucketRule,
    private readonly clock: Clock,
    most = MOST,
  ) {
    this.buckets = new LRUCache({ max: most });
  }

  get size(): number {
    return this.buckets.size;
  }

  /** Takes tokens, or none. @returns 0: taken; else in how many milliseconds there would be enough */
  take(key: string, tokens = 1): number {
    const { perSecond, burst } = this.rule;
    if (perSecond === 0) return 0;
    const now = this.clock.now();
    const bucket = this.buckets.get(key) ?? this.add(key, now);
    bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.filledAt) / 1_000) * perSecond);
    bucket.filledAt = now;
    if (bucket.tokens >= tokens) {
      bucket.tokens -= tokens;
      return 0;
    }
    // A hair less, or the last bit of a sum would make 1 ms two.
    return Math.max(1, Math.ceil(((tokens - bucket.tokens) / perSecond) * 1_000 - 1e-6));
  }

  private add(key: string, now: number): Bucket {
    const bucket = { tokens: this.rule.burst, filledAt: now };
    this.buckets.set(key, bucket);
    return bucket;
  }
}
