import type { ISocketFactory } from '../kafkajs';

export interface KafkaOptions {
  /** Seen in the broker's logs and quotas: the service's name. */
  readonly clientId: string;
  /** `host:port` of one or more brokers. */
  readonly brokers: readonly string[];
  /** Goes before each topic and group name, so that several installations share a broker. Default none. */
  readonly topicPrefix?: string;
  /** Partitions of a new topic that doesn't say its own number. Default 12. */
  readonly partitions?: number;
  /** Default 1. From 3 on, a write is acknowledged by two replicas. */
  readonly replicationFactor?: number;
  /** One request to a broker. Default 10 s. */
  readonly requestTimeoutMs?: number;
  /** For tests: how connections are opened. */
  readonly socketFactory?: ISocketFactory;
}
