import { counter, defineMetrics, gauge, histogram } from './define-metrics';
import { MetricsRegistry } from './metrics-registry';

class TestMetrics extends defineMetrics({
  clicks: counter({
    name: 'clickjoin_test_clicks_total',
    unit: 'clicks',
    rise: 'more visitors',
    labels: ['channel'],
  }),
  waiting: gauge({ name: 'clickjoin_test_waiting_rows', unit: 'rows', rise: 'Kafka is away' }),
  publish: histogram({
    name: 'clickjoin_test_publish_seconds',
    unit: 'seconds',
    rise: 'slow broker',
    buckets: [1, 2],
  }),
}) {}

describe('defineMetrics', () => {
  it('makes the metrics of a list, with unit and meaning in the help', async () => {
    const registry = new MetricsRegistry('test-service');
    const metrics = new TestMetrics(registry);
    metrics.clicks.inc({ channel: 'a' }, 2);
    metrics.waiting.set(3);
    metrics.publish.observe(1.5);
    const text = await registry.scrape();
    expect(text).toContain('# HELP clickjoin_test_clicks_total Unit: clicks. A rise: more visitors.');
    expect(text).toContain('clickjoin_test_clicks_total{channel="a",service="test-service"} 2');
    expect(text).toContain('clickjoin_test_waiting_rows{service="test-service"} 3');
    expect(text).toContain('clickjoin_test_publish_seconds_bucket{le="2",service="test-service"} 1');
  });

  it('shares a metric between two modules of a service', () => {
    const registry = new MetricsRegistry();
    expect(new TestMetrics(registry).clicks).toBe(new TestMetrics(registry).clicks);
  });

  it('refuses a name outside the scheme', () => {
    expect(() => defineMetrics({ a: counter({ name: 'clicks', unit: 'x', rise: 'y' }) })).toThrow(
      'clickjoin_<service>',
    );
  });

  it('asks for costly figures at the scrape, and goes on without those that fail', async () => {
    const registry = new MetricsRegistry();
    const { waiting, clicks } = new TestMetrics(registry);
    clicks.inc({ channel: 'b' });
    registry.onScrape(() => Promise.reject(new Error('database away')));
    registry.onScrape(() => {
      waiting.set(9);
      return Promise.resolve();
    });
    const text = await registry.scrape();
    expect(text).toContain('clickjoin_test_waiting_rows{service="unnamed"} 9');
    expect(text).toContain('clickjoin_test_clicks_total');
  });
});
