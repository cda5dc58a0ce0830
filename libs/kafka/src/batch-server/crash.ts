import { FatalError } from '../errors';
import { isProgrammingError } from './transient';

/** Errors by which kafkajs says that Kafka is away, some of which it calls not retriable. */
const CONNECTION_TROUBLE = new Set([
  'KafkaJSBrokerNotFound',
  'KafkaJSConnectionClosedError',
  'KafkaJSConnectionError',
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSLockTimeout',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSNumberOfRetriesExceeded',
  'KafkaJSRequestTimeoutError',
  'KafkaJSTimeout',
  'KafkaJSTopicMetadataNotLoaded',
]);

/** Not retriable by themselves, but gone after joining the group anew. */
const MEMBERSHIP_TROUBLE = new Set([
  'FENCED_INSTANCE_ID',
  'ILLEGAL_GENERATION',
  'MEMBER_ID_REQUIRED',
  'REBALANCE_IN_PROGRESS',
  'UNKNOWN_MEMBER_ID',
]);

/** The error that a crash of the consumer comes down to when a new consumer would crash again; else undefined. */
export function fatalCauseOf(crash: unknown): Error | undefined {
  let restartable = false;
  const seen = new Set<unknown>();
  for (let error = crash; error instanceof Error && !seen.has(error); error = error.cause) {
    seen.add(error);
    if (error instanceof FatalError || isProgrammingError(error)) return error;
    if (CONNECTION_TROUBLE.has(error.name)) restartable = true;
    if ('retriable' in error && error.retriable === true) restartable = true;
    if ('type' in error && typeof error.type === 'string' && MEMBERSHIP_TROUBLE.has(error.type))
      restartable = true;
  }
  if (restartable) return undefined;
  return crash instanceof Error ? crash : new Error(String(crash));
}
