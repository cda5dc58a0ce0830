import type { Clock, TopicDefinition } from '@clickjoin/contracts';
import type { KafkaClient } from '../client/kafka-client';
import type { Publisher } from '../publisher/publisher';
import type { TopicProvisioner } from '../topics/topic-provisioner';
import type { BatchServerMetrics } from './batch-server.metrics';
import type { BreakerOptions } from './breaker';
import type { BatchTransactions } from './slice';

/** Partitions by topic (without prefix). */
export type Assignment = ReadonlyMap<string, readonly number[]>;

export interface KafkaBatchServerOptions<Tx> {
  readonly client: KafkaClient;
  /** Consumer group: the service's name. Gets the topic prefix at the broker, not in the database. */
  readonly groupId: string;
  readonly topics: readonly TopicDefinition[];
  readonly transactions: BatchTransactions<Tx>;
  /** For dead letters. */
  readonly publisher: Publisher;
  /** When given, creates the topics and their dead-letter topics before consuming. */
  readonly provisioner?: TopicProvisioner;
  readonly clock: Clock;
  /** Called once when the service can't go on: it should exit with an error. */
  readonly onFatal: (error: Error) => void;
  /** Messages in one transaction. Default 500: above, only latency grows. */
  readonly maxSliceSize?: number;
  /** Default 3. */
  readonly partitionsConcurrently?: number;
  /**
   * The topics are listed in the order in which they are to catch up: while a partition lies far behind, the same
   * partition of the topics after it waits. For records that meet by key, when those of the later topic are cheaper
   * to handle once the earlier one's are there. Has no effect on a consumer that keeps up.
   */
  readonly catchesUpInOrder?: boolean;
  /** Default 6 s, the broker's lower bound: a killed instance blocks its partitions that long. */
  readonly sessionTimeoutMs?: number;
  /** How long a fetch waits for a first record; new records end the wait. Also bounds the time to stop. Default 500. */
  readonly maxWaitMs?: number;
  /** Default 3. */
  readonly poisonTries?: number;
  /** Default 5 s. */
  readonly maxBackoffMs?: number;
  readonly breaker?: BreakerOptions;
  readonly metrics?: BatchServerMetrics;
}
