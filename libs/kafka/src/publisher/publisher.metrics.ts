import { counter, defineMetrics, gauge, histogram } from '@clickjoin/service-kit';

export class PublisherMetrics extends defineMetrics({
  records: counter({
    name: 'clickjoin_kafka_published_records_total',
    unit: 'records acknowledged by Kafka',
    rise: 'more traffic',
    labels: ['topic'],
  }),
  batches: counter({
    name: 'clickjoin_kafka_published_batches_total',
    unit: 'batches',
    rise: 'more traffic; with outcome "failed": Kafka refused or was away for longer than a batch is retried',
    labels: ['outcome'],
  }),
  batchSize: histogram({
    name: 'clickjoin_kafka_published_batch_records',
    unit: 'records in a batch',
    rise: 'callers come faster than Kafka answers; at 1000, Kafka is the bottleneck',
    buckets: [1, 5, 25, 100, 250, 500, 1_000],
  }),
  duration: histogram({
    name: 'clickjoin_kafka_publish_batch_seconds',
    unit: 'seconds from sending a batch to its acknowledgement, retries included',
    rise: 'Kafka is slow or away',
  }),
  refused: counter({
    name: 'clickjoin_kafka_publish_refused_total',
    unit: 'records that were not taken',
    rise: 'by reason: queue full (Kafka too slow), record too large, topic not created, shutting down',
    labels: ['reason'],
  }),
  timeouts: counter({
    name: 'clickjoin_kafka_publish_timeouts_total',
    unit: 'calls whose deadline passed',
    rise: 'Kafka is slow or away; outcome "unknown" means that the record may be in the topic',
    labels: ['outcome'],
  }),
  queued: gauge({
    name: 'clickjoin_kafka_publish_queued_records',
    unit: 'records that wait for their batch',
    rise: 'Kafka is slow or away; at the limit callers are refused',
  }),
}) {}
