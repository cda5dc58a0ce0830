import type { Utm } from '@clickjoin/contracts';
import {
  factsInQueryOf,
  isWellFormed,
  LIMITS,
  UTM_NAMES,
  webPage,
  type FactField,
  type LandingFacts,
} from '../capture/landing-facts';
import type { ClickRequest } from './click-request.schema';

/**
 * What a call tells of the ad click. Its own fields come first; what it leaves out is taken from the query of its
 * landing URL. An empty text is none. The call was checked, so only what comes out of the URL may be dropped.
 */
export function factsOfCall(
  { ttclid, utm: given, url, referrer, ttp }: ClickRequest,
  userAgent: string | undefined,
): LandingFacts {
  const dropped: LandingFacts['dropped'][number][] = [];
  const page = webPage(url);
  const inQuery = factsInQueryOf(page);
  const own = (field: FactField, value: string | undefined, name: string): string | undefined => {
    if (value !== undefined && value !== '') return value;
    const found = inQuery(name);
    if (found === undefined) return undefined;
    const reason = found.length > LIMITS[field] ? 'oversize' : isWellFormed(found) ? undefined : 'malformed';
    if (reason === undefined) return found;
    dropped.push({ field, reason });
    return undefined;
  };
  const adId = own('ttclid', ttclid, 'ttclid');
  const utm: Utm = {};
  let hasUtm = false;
  for (const name of UTM_NAMES) {
    const value = own('utm', given?.[name], `utm_${name}`);
    if (value === undefined) continue;
    utm[name] = value;
    hasUtm = true;
  }
  const from = webPage(referrer);
  return {
    ad: {
      ...(adId === undefined ? undefined : { ttclid: adId }),
      ...(hasUtm ? { utm } : undefined),
    },
    page: {
      ...(page === undefined ? undefined : { url: page }),
      ...(from === undefined ? undefined : { referrer: from }),
    },
    ttp: ttp === '' ? undefined : ttp,
    userAgent: userAgent === '' ? undefined : userAgent,
    dropped,
  };
}
