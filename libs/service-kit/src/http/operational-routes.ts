import type { FastifyInstance, FastifyReply } from 'fastify';
import type { HealthRegistry, HealthReport } from '../health/health-registry';
import type { MetricsRegistry } from '../metrics/metrics-registry';

/** Plain Fastify routes and not controllers, so that a service's guards, prefixes and interceptors don't reach them. */
export function addOperationalRoutes(
  fastify: FastifyInstance,
  health: HealthRegistry,
  metrics: MetricsRegistry,
): void {
  fastify.get('/health/live', (_request, reply) => answer(reply, health.live()));
  fastify.get('/health/ready', async (_request, reply) => answer(reply, await health.ready()));
  fastify.get('/metrics', async (_request, reply) =>
    reply.header('content-type', metrics.prometheus.contentType).send(await metrics.scrape()),
  );
}

function answer(reply: FastifyReply, report: HealthReport): FastifyReply {
  return reply
    .status(report.status === 'down' ? 503 : 200)
    .header('cache-control', 'no-store')
    .send(report);
}
