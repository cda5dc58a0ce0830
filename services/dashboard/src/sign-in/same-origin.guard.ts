import { Problem } from '@clickjoin/service-kit';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { HttpRequest } from '../api/http';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Against cross-site request forgery: what changes something must not have been started by a page of another origin
 * (ADR 15). Browsers say by `Sec-Fetch-Site` who started a request, older ones by `Origin`, and no page can forge
 * either. A request with neither comes from no browser of these years, and so brings no cookie that it was not given.
 * First comes the SameSite cookie; behind this stands JsonOnlyGuard.
 */
@Injectable()
export class SameOriginGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<HttpRequest>();
    if (READS.has(request.method) || isOfSameOrigin(request)) return true;
    throw new Problem(403, { detail: 'This was started by a page of another site, and is refused.' });
  }
}

export function isOfSameOrigin({ headers }: Pick<HttpRequest, 'headers'>): boolean {
  const site = headers['sec-fetch-site'];
  // `none`: the user's own doing, such as an address typed in.
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin } = headers;
  if (origin === undefined) return true;
  // A proxy may have put its own name of us into Host.
  const forwarded = headers['x-forwarded-host'];
  const hosts = [headers.host, Array.isArray(forwarded) ? forwarded[0] : forwarded];
  return URL.canParse(origin) && hosts.includes(new URL(origin).host);
}
