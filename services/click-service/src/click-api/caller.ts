import type { SiteConfigured } from '@clickjoin/contracts';
import { Problem } from '@clickjoin/service-kit';
import type { SiteDirectory } from '../sites/site-directory';

/**
 * - `server`: showed the site's secret key, and speaks for its visitors
 * - `browser`: a page of an origin that some site lists; the call names the site, and is about the browser itself
 */
export type Caller =
  | { readonly kind: 'server'; readonly site: SiteConfigured }
  | { readonly kind: 'browser'; readonly origin: string };

/**
 * Who calls, by the headers alone, so that a stranger's body is not even read.
 * @throws Problem 401 or 403
 */
export function callerOf(
  sites: SiteDirectory,
  authorization: string | undefined,
  origin: string | undefined,
): Caller {
  // The key first: whoever has it needs no origin. Pages can't send it, since no preflight lets it through.
  if (authorization !== undefined) {
    const [, key] = /^Bearer (\S{1,500})$/i.exec(authorization) ?? [];
    const site = key === undefined ? undefined : sites.byApiKey(key);
    if (site !== undefined) return { kind: 'server', site };
    throw new Problem(401, {
      detail: 'This site key is not known. Make one in the dashboard, at the site’s settings.',
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
  if (origin === undefined) {
    throw new Problem(401, {
      detail: 'Servers send "Authorization: Bearer <site key>", browsers their origin.',
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
  if (!sites.knowsOrigin(origin)) throw unknownOrigin();
  return { kind: 'browser', origin };
}

export const unknownOrigin = (): Problem =>
  new Problem(403, {
    title: 'Origin not allowed',
    detail: 'Pages of this origin may not use the site. Add it in the dashboard, at the site’s settings.',
  });
