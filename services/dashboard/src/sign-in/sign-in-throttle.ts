import { isIPv6 } from 'node:net';
import type { Clock } from '@clickjoin/contracts';

export interface ThrottleRule {
  /** Wrong passwords from one source that cost nothing but time. */
  readonly freeAttempts: number;
  /** Pause after the first attempt beyond these; doubles with each further one. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** A source that was quiet for this long starts anew. */
  readonly forgetAfterMs: number;
  /** Sources remembered at once; the longest quiet ones go first. Bounds memory against a botnet. */
  readonly maxSources: number;
}

export const SIGN_IN_THROTTLE: ThrottleRule = {
  freeAttempts: 5,
  firstPauseMs: 2_000,
  longestPauseMs: 15 * 60_000,
  forgetAfterMs: 60 * 60_000,
  maxSources: 10_000,
};

interface Source {
  attempts: number;
  lastAt: number;
  nextAt: number;
}

export type Admission = { readonly ok: true } | { readonly ok: false; readonly retryAfterMs: number };

/**
 * Slows the guessing of the password down, source by source, so that a stranger's guesses don't lock the owner
 * out. An attempt counts when it starts, not when it has failed: otherwise a thousand at once would all be free.
 */
export class SignInThrottle {
  /** In order of the last attempt: the first is the longest quiet one. */
  private readonly sources = new Map<string, Source>();

  constructor(
    private readonly clock: Clock,
    private readonly rule: ThrottleRule = SIGN_IN_THROTTLE,
  ) {}

  /** Call before each check of a password. An attempt that is refused doesn't lengthen the pause. */
  admit(address: string): Admission {
    const now = this.clock.now();
    const key = sourceOf(address);
    const known = this.sources.get(key);
    const source =
      known === undefined || now - known.lastAt >= this.rule.forgetAfterMs
        ? { attempts: 0, lastAt: now, nextAt: now }
        : known;
    if (now < source.nextAt) return { ok: false, retryAfterMs: source.nextAt - now };

    source.attempts += 1;
    source.lastAt = now;
    source.nextAt = now + this.pauseAfter(source.attempts);
    this.sources.delete(key);
    this.sources.set(key, source);
    this.evict();
    return { ok: true };
  }

  /** The right password: whoever knows it may also have mistyped it before. */
  succeeded(address: string): void {
    this.sources.delete(sourceOf(address));
  }

  private pauseAfter(attempts: number): number {
    const beyond = attempts - this.rule.freeAttempts;
    if (beyond < 0) return 0;
    return Math.min(this.rule.longestPauseMs, this.rule.firstPauseMs * 2 ** Math.min(beyond, 30));
  }

  private evict(): void {
    if (this.sources.size <= this.rule.maxSources) return;
    const [oldest] = this.sources.keys();
    if (oldest !== undefined) this.sources.delete(oldest);
  }
}

/** An IPv6 customer owns a whole /64: its 2^64 addresses are one source. */
export function sourceOf(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros =
    tail === undefined ? [] : Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0');
  return [...front, ...zeros, ...back]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
