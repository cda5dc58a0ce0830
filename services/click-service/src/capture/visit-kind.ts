import { isbot } from 'isbot';

/**
 * - `person`: gets an invite link of their own, and is a click
 * - `speculative`: a browser that loads ahead; the person may come later, or never
 * - `preview`: a machine that wants to know what is here: HEAD, link previews, crawlers
 */
export type VisitKind =
  | { readonly kind: 'person' }
  | { readonly kind: 'speculative' }
  | { readonly kind: 'preview'; readonly reason: 'head' | 'bot' };

export interface VisitSigns {
  readonly method: string;
  readonly userAgent: string | undefined;
  readonly secPurpose: string | undefined;
  readonly purpose: string | undefined;
  readonly xPurpose: string | undefined;
  readonly xMoz: string | undefined;
}

const SPECULATIVE = /\b(?:prefetch|prerender|preview|instant)\b/i;

/**
 * Who asks. A machine must not use up an invite link or count as a click; a person must never be taken for one,
 * so whatever shows no sign of a machine is a person, also without a user agent.
 *
 * Signs: `Sec-Purpose` (Chromium, Safari; `prefetch` or `prefetch;prerender`), `Purpose` and `X-Purpose` (older
 * Chromium and Safari), `X-Moz` (Firefox), and the `isbot` list for user agents.
 */
export function visitKindOf(signs: VisitSigns): VisitKind {
  const { secPurpose, purpose, xPurpose, xMoz } = signs;
  if ([secPurpose, purpose, xPurpose, xMoz].some((sign) => sign !== undefined && SPECULATIVE.test(sign))) {
    return { kind: 'speculative' };
  }
  if (signs.method === 'HEAD') return { kind: 'preview', reason: 'head' };
  return isbot(signs.userAgent) ? { kind: 'preview', reason: 'bot' } : { kind: 'person' };
}
