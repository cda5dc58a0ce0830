import { counter, defineMetrics, gauge, histogram } from '@clickjoin/service-kit';

export class BatchServerMetrics extends defineMetrics({
  messages: counter({
    name: 'clickjoin_kafka_consumed_messages_total',
    unit: 'messages, by what became of them',
    rise: 'more traffic; outcome "dead-letter" needs a look at the dead-letter topic',
    labels: ['topic', 'outcome'],
  }),
  slices: counter({
    name: 'clickjoin_kafka_consumed_slices_total',
    unit: 'slices, by how their transaction ended',
    rise: '"fenced": another owner has the partition; "retried": the database or Kafka is away; "split": a message makes the handler throw',
    labels: ['topic', 'result'],
  }),
  duration: histogram({
    name: 'clickjoin_kafka_slice_seconds',
    unit: 'seconds for one slice, transaction included',
    rise: 'the handler or the database is slow',
    labels: ['topic'],
  }),
  lag: gauge({
    name: 'clickjoin_kafka_consumer_lag_records',
    unit: 'records behind the end of the partition, as of the last fetch',
    rise: 'the service does not keep up',
    labels: ['topic', 'partition'],
  }),
  position: gauge({
    name: 'clickjoin_kafka_consumer_position_offset',
    unit: 'the next offset to process, by the database',
    rise: 'work gets done',
    labels: ['topic', 'partition'],
  }),
  lost: counter({
    name: 'clickjoin_kafka_consumer_skipped_offsets_total',
    unit: 'offsets of a not compacted topic that were gone before they were processed',
    rise: 'retention deleted what this group had not seen yet: data is lost',
    labels: ['topic'],
  }),
  restarts: counter({
    name: 'clickjoin_kafka_consumer_restarts_total',
    unit: 'consumers made anew after kafkajs gave up',
    rise: 'Kafka is away or unstable',
  }),
}) {}
