import type { ReviewBotPolicy } from '@clickjoin/contracts';
import { isbot } from 'isbot';
import { LRUCache } from 'lru-cache';
import { PREVIEW_BOTS, REVIEW_BOTS } from './known-machines';

/**
 * - `person`: gets an invite link of their own, and is a click
 * - `speculative`: a browser that loads ahead; the person may come later, or never
 * - `preview`: a machine that wants to know what is here: HEAD, link previews, crawlers, ad networks' review
 */
export type VisitKind =
  | { readonly kind: 'person' }
  | { readonly kind: 'speculative' }
  | { readonly kind: 'preview'; readonly reason: 'head' | 'bot' | 'review-bot' };

export interface VisitSigns {
  readonly method: string;
  readonly userAgent: string | undefined;
  readonly secPurpose: string | undefined;
  readonly purpose: string | undefined;
  readonly xPurpose: string | undefined;
  readonly xMoz: string | undefined;
}

const SPECULATIVE = /\b(?:prefetch|prerender|preview|instant)\b/i;

/** Of thousands of visitors a second, most have one of a few user agents, and the lists are long. */
const machines = new LRUCache<string, 'bot' | 'review-bot' | 'person'>({ max: 5_000 });

/**
 * Who asks. A machine must not use up an invite link or count as a click; a person must never be taken for one,
 * so whatever shows no sign of a machine is a person, also without a user agent.
 *
 * Signs: `Sec-Purpose` (Chromium, Safari; `prefetch` or `prefetch;prerender`), `Purpose` and `X-Purpose` (older
 * Chromium and Safari), `X-Moz` (Firefox), and for user agents the lists of `known-machines.ts` and of `isbot`.
 * @param reviewBots of the site; `ignore` without it
 */
export function visitKindOf(signs: VisitSigns, reviewBots: ReviewBotPolicy = 'ignore'): VisitKind {
  const { secPurpose, purpose, xPurpose, xMoz } = signs;
  if (isSpeculative(secPurpose) || isSpeculative(purpose) || isSpeculative(xPurpose) || isSpeculative(xMoz)) {
    return { kind: 'speculative' };
  }
  if (signs.method === 'HEAD') return { kind: 'preview', reason: 'head' };
  return kindByUserAgent(signs.userAgent, reviewBots);
}

/** The same by the user agent alone, for calls that are made on a visitor's behalf. */
export function kindByUserAgent(
  userAgent: string | undefined,
  reviewBots: ReviewBotPolicy = 'ignore',
): Exclude<VisitKind, { kind: 'speculative' }> {
  const kind = userAgent === undefined ? 'person' : machineOf(userAgent);
  if (kind === 'person' || (kind === 'review-bot' && reviewBots === 'count')) return { kind: 'person' };
  return { kind: 'preview', reason: kind };
}

const isSpeculative = (sign: string | undefined): boolean => sign !== undefined && SPECULATIVE.test(sign);

function machineOf(userAgent: string): 'bot' | 'review-bot' | 'person' {
  const known = machines.get(userAgent);
  if (known !== undefined) return known;
  const found = find(userAgent);
  machines.set(userAgent, found);
  return found;
}

function find(userAgent: string): 'bot' | 'review-bot' | 'person' {
  if (REVIEW_BOTS.some((pattern) => pattern.test(userAgent))) return 'review-bot';
  if (PREVIEW_BOTS.some((pattern) => pattern.test(userAgent)) || isbot(userAgent)) return 'bot';
  return 'person';
}
