import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { histogram, defineMetrics } from '../metrics/define-metrics';
import type { MetricsRegistry } from '../metrics/metrics-registry';

class HttpMetrics extends defineMetrics({
  requests: histogram({
    name: 'clickjoin_http_request_seconds',
    unit: 'seconds from the first byte to the answer, by route and status class',
    rise: 'the service or what it waits for has become slow',
    labels: ['method', 'route', 'status'],
  }),
}) {}

/** While everything fails, thousands of equal lines a second would be the next fault. */
const FAILURES_LOGGED_PER_SECOND = 10;

/**
 * Failures (≥ 500) are warned about, the rest is for debugging: clicks come by thousands a second. The route is
 * logged, never the URL, which carries click ids and tokens.
 */
export function logRequests(fastify: FastifyInstance, logger: Logger, registry: MetricsRegistry): void {
  const { requests } = new HttpMetrics(registry);
  let second = 0;
  let failures = 0;

  fastify.addHook('onResponse', (request, reply, done) => {
    const status = reply.statusCode;
    const route = request.routeOptions.url ?? 'unknown';
    const { method } = request;
    requests.observe({ method, route, status: `${Math.floor(status / 100)}xx` }, reply.elapsedTime / 1_000);
    done();
    if (status < 500) {
      if (logger.isLevelEnabled('debug'))
        logger.debug({ method, route, status, durationMs: reply.elapsedTime }, 'request');
      return;
    }
    // The readiness probe says no by design, again and again.
    if (route.startsWith('/health/')) return;
    const now = Math.floor(Date.now() / 1_000);
    if (now !== second) {
      if (failures > FAILURES_LOGGED_PER_SECOND) {
        logger.warn(
          { count: failures - FAILURES_LOGGED_PER_SECOND },
          'more requests failed within that second',
        );
      }
      second = now;
      failures = 0;
    }
    failures += 1;
    if (failures <= FAILURES_LOGGED_PER_SECOND) {
      logger.warn({ method, route, status, durationMs: reply.elapsedTime }, 'request failed');
    }
  });
}
