import { collectDefaultMetrics, Registry, type Metric } from 'prom-client';

/** One service's metrics, apart from the process-wide default registry so that tests can run several services. */
export class MetricsRegistry {
  readonly prometheus = new Registry();
  private readonly collectors: (() => Promise<void>)[] = [];

  constructor(service = 'unnamed') {
    this.prometheus.setDefaultLabels({ service });
  }

  /** CPU, memory, event loop and garbage collection of this process, as `clickjoin_process_…` and `clickjoin_nodejs_…`. */
  collectProcessMetrics(): void {
    collectDefaultMetrics({
      register: this.prometheus,
      prefix: 'clickjoin_',
      // The delay histogram wakes the process this often, also when idle; the default of 10 ms is a hundred a second.
      eventLoopMonitoringPrecision: 100,
    });
  }

  /** The metric of that name, made at the first call: two modules of a service may share one. */
  getOrCreate<M extends Metric>(name: string, create: (registry: Registry) => M): M {
    return (this.prometheus.getSingleMetric(name) as M | undefined) ?? create(this.prometheus);
  }

  /** For figures that cost a question: asked when somebody reads the metrics, and not before. */
  onScrape(collect: () => Promise<void>): void {
    this.collectors.push(collect);
  }

  /** The metrics as Prometheus reads them. A figure that can't be had is missing, and the others are there. */
  async scrape(): Promise<string> {
    await Promise.allSettled(this.collectors.map((collect) => collect()));
    return this.prometheus.metrics();
  }
}
