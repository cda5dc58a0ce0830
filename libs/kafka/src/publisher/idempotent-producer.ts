import { Logger } from '@nestjs/common';
import type { KafkaClient } from '../client/kafka-client';
import { errorText } from '../error-text';
import {
  type ICustomPartitioner,
  KafkaJSProtocolError,
  type Message,
  Partitioners,
  type Producer,
  type TopicMessages,
} from '../kafkajs';
import type { PublishableRecord } from './record';

/** Ends kafkajs' retries of a batch that has had its time. */
class GivenUp extends Error {
  readonly retriable = false;
}

/** What the broker says about one partition's records and will say again. */
const DEFINITE_REFUSALS = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
]);

export const isRefusal = (error: unknown): boolean => {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof KafkaJSProtocolError && DEFINITE_REFUSALS.has(cause.type)) return true;
  }
  return false;
};

/**
 * One producer id. kafkajs takes back the sequence numbers of a send that failed; so a repetition of *the same*
 * records is recognised by the broker, but *other* records under those numbers are swallowed as duplicates
 * although acknowledged. Therefore one send at a time, and after a failure either the same again or `dispose`.
 */
export class IdempotentProducer {
  private readonly logger = new Logger(IdempotentProducer.name);
  private readonly producer: Producer;
  private readonly prepared = new WeakMap<PublishableRecord, Message>();
  private giveUpAt = Infinity;
  private sending = false;

  /** @param settleWithinMs after which a send makes no new try; one that is out is waited for */
  constructor(
    private readonly client: KafkaClient,
    private readonly settleWithinMs: number,
  ) {
    this.producer = client.producer(this.partitioner, settleWithinMs);
  }

  async connect(): Promise<void> {
    await this.producer.connect();
  }

  async send(records: readonly PublishableRecord[]): Promise<void> {
    if (this.sending) throw new Error('two sends at a time through one idempotent producer lose records');
    this.sending = true;
    this.giveUpAt = performance.now() + this.settleWithinMs;
    try {
      await this.producer.sendBatch({ acks: -1, timeout: 8_000, topicMessages: this.byTopic(records) });
    } finally {
      this.sending = false;
    }
  }

  /** The partition that a record was assigned to by the last send of it. */
  partitionOf(record: PublishableRecord): number | undefined {
    return this.prepared.get(record)?.partition;
  }

  async dispose(): Promise<void> {
    try {
      await this.producer.disconnect();
    } catch (error) {
      this.logger.debug({ reason: errorText(error) }, 'a producer was not disconnected cleanly');
    }
  }

  /** Pins the partition at the first try: repeated sends must build the same batches. */
  private readonly partitioner: ICustomPartitioner = () => {
    const choose = Partitioners.DefaultPartitioner();
    return (args) => {
      // The only code of ours that kafkajs calls before every try.
      if (performance.now() > this.giveUpAt)
        throw new GivenUp('given up after the time that a batch may take');
      args.message.partition ??= choose(args);
      return args.message.partition;
    };
  };

  private byTopic(records: readonly PublishableRecord[]): TopicMessages[] {
    const topics = new Map<string, Message[]>();
    for (const record of records) {
      const messages = topics.get(record.topic);
      if (messages === undefined) topics.set(record.topic, [this.prepare(record)]);
      else messages.push(this.prepare(record));
    }
    return [...topics].map(([topic, messages]) => ({ topic: this.client.nameOf(topic), messages }));
  }

  private prepare(record: PublishableRecord): Message {
    const known = this.prepared.get(record);
    if (known !== undefined) return known;
    const { key, value, headers } = record;
    const message: Message = { key, value, ...(headers === undefined ? {} : { headers: { ...headers } }) };
    this.prepared.set(record, message);
    return message;
  }
}
