export type { Assignment, KafkaBatchServerOptions } from './batch-server/batch-server-options';
export { BatchServerMetrics } from './batch-server/batch-server.metrics';
export { BreakerTripped, type BreakerOptions } from './batch-server/breaker';
export { KafkaBatchServer } from './batch-server/kafka-batch.server';
export { OnTopic, RethrowFilter } from './batch-server/on-topic.decorator';
export {
  type BatchTransactions,
  deadLetter,
  done,
  type Message,
  type MoveResult,
  type OffsetMove,
  type Outcome,
  skipped,
  type Slice,
  type SliceContext,
  type SliceHandler,
} from './batch-server/slice';
export { readMessage, type RawMessage } from './batch-server/raw-message';
export { serviceConsumer, type ServiceConsumerOptions } from './batch-server/service-consumer';
export { KafkaClient } from './client/kafka-client';
export type { KafkaOptions } from './client/kafka-options';
export { BrokerUnreachable, FatalError, Retriable, TopicMismatch } from './errors';
export { KafkaModule, type KafkaAsyncOptions, type KafkaServiceOptions } from './kafka.module';
export {
  Overloaded,
  PublisherClosed,
  PublishFailed,
  PublishTimeout,
  RecordRejected,
} from './publisher/publish-errors';
export { Publisher, type PublisherOptions, type PublishOptions } from './publisher/publisher';
export { PublisherMetrics } from './publisher/publisher.metrics';
export type { PublishableRecord } from './publisher/record';
export { InjectTable, tableToken } from './settings/inject-table.decorator';
export { InMemoryTable, type SettingsListener, type SettingsTable } from './settings/settings-table';
export { SettingsModule } from './settings/settings.module';
export { SettingsTables, type SettingsTablesOptions } from './settings/settings-tables';
export { type EnsureOptions, TopicProvisioner, type TopicShape } from './topics/topic-provisioner';
