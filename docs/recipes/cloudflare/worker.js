/**
 * Cloudflare Worker: the click-service under the landing page's own origin.
 *
 * Routes: shop.example/t.js, shop.example/c/*, shop.example/v1/tracker/*, shop.example/v1/clicks*
 * Variables: CLICK_ORIGIN (https://click-origin.example), CLICK_SECRET (a secret; nginx in front of the click-service
 * checks it, see origin.conf)
 */
const PATHS = /^\/(?:t\.js|c\/[^/]+|v1\/tracker\/[^/]+|v1\/clicks(?:\/batch)?)$/;

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (!PATHS.test(url.pathname)) return new Response('Not found', { status: 404 });
    const headers = new Headers(request.headers);
    // The shop's own cookies are none of the click-service's business.
    headers.delete('cookie');
    headers.delete('x-forwarded-for');
    // Only Cloudflare can set this one, so it is the visitor, whatever else a request claims.
    headers.set('x-clickjoin-visitor', request.headers.get('cf-connecting-ip') ?? '');
    headers.set('x-clickjoin-secret', env.CLICK_SECRET);
    const hasBody = request.method !== 'GET' && request.method !== 'HEAD';
    return fetch(env.CLICK_ORIGIN + url.pathname + url.search, {
      method: request.method,
      headers,
      body: hasBody ? request.body : undefined,
      ...(hasBody ? { duplex: 'half' } : {}),
      // The redirect to Telegram is for the browser, not for the Worker.
      redirect: 'manual',
    });
  },
};
