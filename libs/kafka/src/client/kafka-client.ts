import { Logger } from '@nestjs/common';
import { BrokerUnreachable } from '../errors';
import {
  type Admin,
  type Consumer,
  type ConsumerConfig,
  type ICustomPartitioner,
  Kafka,
  KafkaJSError,
  logLevel,
  type Producer,
  type RetryOptions,
} from '../kafkajs';
import { createLogCreator } from '../kafkajs/log-creator';
import { errorText } from '../error-text';
import { pause } from '../pause';
import type { KafkaOptions } from './kafka-options';

/** Spelled out whole, since kafkajs fills gaps with defaults that differ between its parts. */
const RETRY: Required<
  Pick<RetryOptions, 'initialRetryTime' | 'maxRetryTime' | 'factor' | 'multiplier' | 'retries'>
> = {
  initialRetryTime: 100,
  maxRetryTime: 1_000,
  factor: 0.2,
  multiplier: 2,
  retries: 5,
};

const ASK_FOR_MS = 30_000;

/** How many retries take this long, given the growing pauses between them; at least one. */
function retriesWithin(patienceMs: number): number {
  let retries = 0;
  for (let leftMs = patienceMs, pauseMs = RETRY.initialRetryTime; leftMs > 0; retries += 1) {
    leftMs -= pauseMs;
    pauseMs = Math.min(RETRY.maxRetryTime, pauseMs * RETRY.multiplier);
  }
  return Math.max(1, retries);
}

/**
 * kafkajs with the settings of this system (reference: docs/adr on kafkajs). Each producer and consumer gets a
 * kafkajs instance of its own: inside one instance, consumers of one group share a cache of offsets.
 */
export class KafkaClient {
  readonly clientId: string;
  readonly brokers: readonly string[];
  readonly topicPrefix: string;
  readonly defaultPartitions: number;
  readonly replicationFactor: number;
  private readonly logger = new Logger(KafkaClient.name);
  private connectedAdmin: Promise<Admin> | undefined;
  private closed = false;

  constructor(private readonly options: KafkaOptions) {
    this.clientId = options.clientId;
    this.brokers = options.brokers;
    this.topicPrefix = options.topicPrefix ?? '';
    this.defaultPartitions = options.partitions ?? 12;
    this.replicationFactor = options.replicationFactor ?? 1;
  }

  /** A topic's or group's name at the broker. */
  nameOf(name: string): string {
    return `${this.topicPrefix}${name}`;
  }

  /**
   * Idempotent, acks=all. At most one send may be outstanding (kafka-notes 1): use Publisher.
   * @param patienceMs how long a send goes on when Kafka can't be reached, roughly
   */
  producer(createPartitioner: ICustomPartitioner, patienceMs: number): Producer {
    const retries = retriesWithin(patienceMs);
    return this.kafka({ ...RETRY, retries }).producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner,
      retry: { ...RETRY, retries },
    });
  }

  /** Never restarts by itself after a crash: its owner listens to CRASH and decides. */
  consumer(config: ConsumerConfig): Consumer {
    return this.kafka(RETRY).consumer({
      allowAutoTopicCreation: false,
      ...config,
      groupId: this.nameOf(config.groupId),
      retry: { ...RETRY, restartOnFailure: () => Promise.resolve(false) },
    });
  }

  /** One admin connection, opened at first use and kept. */
  async admin(): Promise<Admin> {
    this.connectedAdmin ??= this.openAdmin();
    try {
      return await this.connectedAdmin;
    } catch (error) {
      this.connectedAdmin = undefined;
      throw error;
    }
  }

  /**
   * Waits for the broker, with a log line for each failed try.
   * @throws BrokerUnreachable with one sentence for the operator
   */
  async waitForBroker(deadlineMs = 60_000): Promise<Admin> {
    const startedAt = performance.now();
    for (;;) {
      try {
        const admin = await this.admin();
        await admin.describeCluster();
        return admin;
      } catch (error) {
        this.connectedAdmin = undefined;
        const waitedMs = Math.round(performance.now() - startedAt);
        const where = this.brokers.join(', ');
        if (waitedMs >= deadlineMs || this.closed) {
          throw new BrokerUnreachable(
            `Kafka at ${where} did not answer within ${Math.round(waitedMs / 1000)} s: is it running, and is KAFKA_BROKERS right?`,
            { cause: error },
          );
        }
        this.logger.warn(
          { waitedMs, reason: errorText(error) },
          `Kafka at ${where} does not answer yet, trying again`,
        );
        await pause(Math.min(1_000, deadlineMs - waitedMs));
      }
    }
  }

  /** The offset that the next record of each partition will get. `topic` without prefix. */
  async endOffsets(topic: string): Promise<Map<number, bigint>> {
    const ranges = await this.offsetRanges(topic);
    return new Map([...ranges].map(([partition, { end }]) => [partition, end]));
  }

  /** The first and the next offset of each partition. `topic` without prefix. */
  async offsetRanges(topic: string): Promise<Map<number, { start: bigint; end: bigint }>> {
    const offsets = await this.ask((admin) => admin.fetchTopicOffsets(this.nameOf(topic)));
    return new Map(
      offsets.map(({ partition, low, high }) => [partition, { start: BigInt(low), end: BigInt(high) }]),
    );
  }

  async topicExists(topic: string): Promise<boolean> {
    return (await this.ask((admin) => admin.listTopics())).includes(this.nameOf(topic));
  }

  async close(): Promise<void> {
    this.closed = true;
    const admin = await this.connectedAdmin?.catch(() => undefined);
    this.connectedAdmin = undefined;
    await admin?.disconnect();
  }

  /**
   * kafkajs' admin gives up at once when a new topic's leader is not in office yet, and keeps a connection that
   * is gone: asked again for a while, through a new connection.
   */
  private async ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const deadlineAt = performance.now() + ASK_FOR_MS;
    for (;;) {
      const admin = await this.admin();
      try {
        return await question(admin);
      } catch (error) {
        if (!(error instanceof KafkaJSError) || this.closed || performance.now() > deadlineAt) throw error;
        // Also when the broker answered: an admin goes on asking the leader that it knows, which may no longer be one.
        await this.dropAdmin(admin);
        await pause(100);
      }
    }
  }

  private async dropAdmin(admin: Admin): Promise<void> {
    this.connectedAdmin = undefined;
    try {
      await admin.disconnect();
    } catch (error) {
      this.logger.debug({ reason: errorText(error) }, 'a broken admin connection was not closed cleanly');
    }
  }

  private async openAdmin(): Promise<Admin> {
    const admin = this.kafka(RETRY).admin({ retry: RETRY });
    await admin.connect();
    return admin;
  }

  private kafka(retry: RetryOptions): Kafka {
    return new Kafka({
      clientId: this.clientId,
      brokers: [...this.brokers],
      logLevel: logLevel.INFO,
      logCreator: createLogCreator(),
      connectionTimeout: 3_000,
      requestTimeout: this.options.requestTimeoutMs ?? 10_000,
      retry,
      ...(this.options.socketFactory === undefined ? {} : { socketFactory: this.options.socketFactory }),
    });
  }
}
