import { cookie } from './storage';

/** `[when, landing URL, its referrer, _ttp]`. The ttclid and the UTMs stand in the landing URL. */
export type Landing = readonly [at: number, url: string, referrer: string, ttp: string];

/**
 * The address that the page was opened by, also when the page's own script has tidied it up since. Without the part
 * behind `#`, where sign-in pages put tokens.
 */
export const landingNow = (): Landing => [
  Date.now(),
  withoutFragment((performance.getEntriesByType('navigation')[0] || { name: location.href }).name),
  document.referrer,
  cookie('_ttp'),
];

/** The newest ttclid wins; without one here, an earlier ad click stays, and what is only tagged gives way to new tags. */
export const newerOf = (stored: Landing | undefined, now: Landing, keepDays: number): Landing =>
  stored &&
  stored[0] > now[0] - keepDays * 864e5 &&
  !hasTtclid(now[1]) &&
  (hasTtclid(stored[1]) || !now[1].includes('utm_'))
    ? stored
    : now;

/**
 * What `/c/<slug>` reads (the service's landing-facts.ts), most important first. A long landing URL goes without the
 * parameters that are of no use here; a fact is sent whole or not at all.
 */
export function queryOf([, url, referrer, ttp]: Landing): string {
  /** Below the 8 KB that nginx takes for a request line, with room for a proxy's own path. */
  const maxLength = 6_000;
  const longUrl = 2_500;
  let query = '';
  const add = (name: string, value: string): void => {
    const longer = `${query}&${name}=${encodeURIComponent(value)}`;
    if (value && longer.length < maxLength) query = longer;
  };
  add('url', url.length > longUrl ? url.replace('?', '?&').replace(/&(?!ttclid=|utm_)[^&]*/g, '') : url);
  // TikTok's own script may have set it only now.
  add('ttp', cookie('_ttp') || ttp);
  add('ref', referrer);
  return query.slice(1);
}

export const withoutFragment = (url: string): string => url.replace(/#.*/, '');

const hasTtclid = (url: string): boolean => /[?&]ttclid=[^&]/.test(url);
