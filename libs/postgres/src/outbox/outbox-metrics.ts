import { counter, defineMetrics, gauge, type MetricsRegistry } from '@clickjoin/service-kit';
import type { DataSource } from 'typeorm';

export class OutboxMetrics extends defineMetrics({
  published: counter({
    name: 'clickjoin_outbox_published_total',
    unit: 'records that Kafka acknowledged',
    rise: 'more events are decided',
  }),
  failures: counter({
    name: 'clickjoin_outbox_publish_failures_total',
    unit: 'batches that Kafka did not take',
    rise: 'Kafka is away or refuses a record',
  }),
  leads: gauge({
    name: 'clickjoin_outbox_leader',
    unit: '1 where the relay runs, 0 where it stands by',
    rise: 'this instance took over; with a sum above 1 the lock does not work',
  }),
  backlog: gauge({
    name: 'clickjoin_outbox_backlog_rows',
    unit: 'rows, counted up to 100000',
    rise: 'the relay is slower than the service, or Kafka is away',
  }),
  oldest: gauge({
    name: 'clickjoin_outbox_oldest_seconds',
    unit: 'age in seconds of the oldest row',
    rise: 'events arrive late everywhere behind this service',
  }),
}) {}

/** Counting stops somewhere: with millions of rows spooled, the scrape must not be the next load. */
const COUNTED = 100_000;

/** Looks at the backlog when somebody asks for the metrics, and not before. */
export function measureBacklog(
  registry: MetricsRegistry,
  metrics: OutboxMetrics,
  dataSource: DataSource,
): void {
  registry.onScrape(async () => {
    try {
      const [row]: { rows: number; oldest_seconds: number }[] = await dataSource.query(
        `SELECT count(*)::integer AS rows,
                coalesce(extract(epoch FROM now() - min(created_at)), 0)::float AS oldest_seconds
         FROM (SELECT created_at FROM outbox ORDER BY id LIMIT $1) AS backlog`,
        [COUNTED],
      );
      metrics.backlog.set(row?.rows ?? 0);
      metrics.oldest.set(Math.max(0, row?.oldest_seconds ?? 0));
    } catch (error) {
      // An old figure would look like a live one.
      metrics.backlog.remove();
      metrics.oldest.remove();
      throw error;
    }
  });
}
