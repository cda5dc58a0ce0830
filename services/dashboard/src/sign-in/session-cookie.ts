import fastifyCookie from '@fastify/cookie';
import type { HttpRequest } from '../api/http';

export const SESSION_COOKIE = 'clickjoin_session';

export function sessionTokenOf(request: HttpRequest): string | undefined {
  const { cookie } = request.headers;
  return cookie === undefined ? undefined : fastifyCookie.parse(cookie)[SESSION_COOKIE];
}

/** Whether the browser came by https, perhaps by way of a proxy that ends TLS. */
export function isHttps({ protocol, headers }: Pick<HttpRequest, 'protocol' | 'headers'>): boolean {
  return protocol === 'https' || headers['x-forwarded-proto'] === 'https';
}

/**
 * Out of reach for scripts, and never sent from another site. `Secure` whenever the browser came over https: whoever
 * makes up the proxy's header only locks the cookie of their own browser.
 */
export function sessionCookie(request: HttpRequest, token: string, lifetimeMs: number): string {
  return fastifyCookie.serialize(SESSION_COOKIE, token, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: isHttps(request),
    maxAge: Math.floor(lifetimeMs / 1_000),
  });
}

export const noSessionCookie = (request: HttpRequest): string => sessionCookie(request, '', 0);
