import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { MetricsRegistry } from './metrics-registry';

interface Described<L extends string> {
  /** `clickjoin_<service>_<what>_total|_seconds|…`. */
  readonly name: string;
  /** What one of it is: `clicks`, `seconds`. */
  readonly unit: string;
  /** What somebody on call should think when it goes up. */
  readonly rise: string;
  readonly labels?: readonly L[];
}

interface CounterDefinition<L extends string> extends Described<L> {
  readonly kind: 'counter';
}
interface GaugeDefinition<L extends string> extends Described<L> {
  readonly kind: 'gauge';
}
interface HistogramDefinition<L extends string> extends Described<L> {
  readonly kind: 'histogram';
  readonly buckets: readonly number[];
}

export type MetricDefinition =
  CounterDefinition<string> | GaugeDefinition<string> | HistogramDefinition<string>;

type MetricFor<D> =
  D extends CounterDefinition<infer L>
    ? Counter<L>
    : D extends GaugeDefinition<infer L>
      ? Gauge<L>
      : D extends HistogramDefinition<infer L>
        ? Histogram<L>
        : never;

export type MetricsOf<D> = { readonly [K in keyof D]: MetricFor<D[K]> };

/** From a millisecond to half a minute: what a click, a publish or an HTTP call takes. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

export function counter<const L extends string = never>(metric: Described<L>): CounterDefinition<L> {
  return { kind: 'counter', ...metric };
}

export function gauge<const L extends string = never>(metric: Described<L>): GaugeDefinition<L> {
  return { kind: 'gauge', ...metric };
}

export function histogram<const L extends string = never>(
  metric: Described<L> & { readonly buckets?: readonly number[] },
): HistogramDefinition<L> {
  return { kind: 'histogram', buckets: SECONDS, ...metric };
}

/**
 * A service's metrics as one list, and as a class that Nest injects:
 *
 * ```ts
 * @Injectable()
 * export class ClickMetrics extends defineMetrics({
 *   captured: counter({ name: 'clickjoin_click_captured_total', unit: 'clicks', rise: 'more visitors' }),
 * }) {}
 * ```
 * Then `metrics.captured.inc()`; in a test, `new ClickMetrics(new MetricsRegistry())`.
 */
export function defineMetrics<const D extends Readonly<Record<string, MetricDefinition>>>(
  definitions: D,
): new (registry: MetricsRegistry) => MetricsOf<D> {
  for (const { name } of Object.values(definitions)) {
    if (!/^clickjoin(_[a-z0-9]+){2,}$/.test(name))
      throw new Error(`"${name}" is no metric name: clickjoin_<service>_<what>`);
  }
  @Injectable()
  class Metrics {
    [field: string]: unknown;

    constructor(@Inject(MetricsRegistry) registry: MetricsRegistry) {
      for (const [field, definition] of Object.entries(definitions)) {
        Object.defineProperty(this, field, { value: create(definition, registry), enumerable: true });
      }
    }
  }
  return Metrics as unknown as new (registry: MetricsRegistry) => MetricsOf<D>;
}

function create(definition: MetricDefinition, registry: MetricsRegistry): Counter | Gauge | Histogram {
  const { name, unit, rise, labels = [] } = definition;
  const help = `Unit: ${unit}. A rise: ${rise}.`;
  return registry.getOrCreate<Counter | Gauge | Histogram>(name, (prometheus) => {
    const base = { name, help, labelNames: [...labels], registers: [prometheus] };
    switch (definition.kind) {
      case 'counter':
        return new Counter(base);
      case 'gauge':
        return new Gauge(base);
      case 'histogram':
        return new Histogram({ ...base, buckets: [...definition.buckets] });
    }
  });
}
