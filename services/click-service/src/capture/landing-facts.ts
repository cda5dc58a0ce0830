import type { AdClick, LandingPage, Utm } from '@clickjoin/contracts';

/** A query parameter as Fastify gives it: a list when it stands more than once. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Where a dropped fact stood; a closed list, since it becomes a metric's label. */
export type FactField = 'ttclid' | 'utm' | 'url' | 'referrer' | 'ttp' | 'userAgent';

export interface DroppedFact {
  readonly field: FactField;
  readonly reason: 'oversize' | 'malformed';
}

export interface LandingFacts {
  readonly ad: AdClick;
  readonly page: LandingPage;
  /** Value of TikTok's `_ttp` cookie on the landing page. */
  readonly ttp: string | undefined;
  readonly userAgent: string | undefined;
  /** Facts that don't fit the contract. The click is kept without them. */
  readonly dropped: readonly DroppedFact[];
}

/** Lengths of the contract (`visit.ts` in @clickjoin/contracts). */
export const LIMITS: Readonly<Record<FactField, number>> = {
  ttclid: 4096,
  utm: 500,
  url: 8192,
  referrer: 8192,
  ttp: 256,
  userAgent: 2048,
};
export const UTM_NAMES = ['source', 'medium', 'campaign', 'content', 'term'] as const;

/**
 * What is known of the ad click and its landing page, from what the visitor's browser sent:
 * - own query parameters first (`ttclid`, `utm_*`, `ttp`; `url` or `lp` is the landing URL, `ref` its referrer),
 *   which is how the tracker and hand-made links pass them on;
 * - else the query of the landing URL;
 * - without `url`, the `Referer` header is the landing page, since that is where the link stood.
 *
 * Nothing is cut: half a ttclid matches nothing at TikTok and looks as if it could. What doesn't fit is dropped.
 */
export function landingFactsOf(
  query: Query,
  referer: string | undefined,
  userAgent: string | undefined,
): LandingFacts {
  const dropped: DroppedFact[] = [];
  const fit = (field: FactField, value: string | undefined): string | undefined => {
    if (value === undefined || value === '') return undefined;
    const reason = unfit(field, value);
    if (reason === undefined) return value;
    dropped.push({ field, reason });
    return undefined;
  };

  const landing = webPage(first(query.url) ?? first(query.lp)) ?? webPage(referer);
  const inLanding = factsInQueryOf(landing);
  const fact = (name: string): string | undefined => first(query[name]) ?? inLanding(name);

  const ttclid = fit('ttclid', fact('ttclid'));
  const utm: Utm = {};
  for (const name of UTM_NAMES) {
    const value = fit('utm', fact(`utm_${name}`));
    if (value !== undefined) utm[name] = value;
  }
  const url = fit('url', landing);
  const referrer = fit('referrer', webPage(first(query.ref)));
  return {
    ad: {
      ...(ttclid === undefined ? {} : { ttclid }),
      ...(Object.keys(utm).length === 0 ? {} : { utm }),
    },
    page: { ...(url === undefined ? {} : { url }), ...(referrer === undefined ? {} : { referrer }) },
    ttp: fit('ttp', first(query.ttp)),
    userAgent: fit('userAgent', userAgent),
    dropped,
  };
}

/**
 * Only web pages: `javascript:` and the like have no business in a record that a dashboard shows as a link.
 * @returns as it came: what TikTok and the dashboard get is what the browser showed
 */
export function webPage(text: string | undefined): string | undefined {
  return text !== undefined && /^https?:/i.test(text) && URL.canParse(text) ? text : undefined;
}

/** Parsed when first asked, since the tracker's links carry all facts themselves. */
export function factsInQueryOf(page: string | undefined): (name: string) => string | undefined {
  if (page?.includes('?') !== true) return () => undefined;
  let parameters: URLSearchParams | undefined;
  return (name) => {
    parameters ??= new URL(page).searchParams;
    return parameters.get(name) || undefined;
  };
}

function first(value: string | readonly string[] | undefined): string | undefined {
  const found = typeof value === 'string' ? [value] : (value ?? []);
  return found.find((text) => text !== '');
}

function unfit(field: FactField, value: string): DroppedFact['reason'] | undefined {
  if (value.length > LIMITS[field]) return 'oversize';
  return isWellFormed(value) ? undefined : 'malformed';
}

/** PostgreSQL takes neither NUL nor half a character, so one such click would stop every reader of the topic. */
export const isWellFormed = (text: string): boolean =>
  !/[\0\ud800-\udfff]/.test(text) || (!text.includes('\0') && !/\p{Cs}/u.test(text));
