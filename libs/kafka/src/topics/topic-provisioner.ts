import { Logger } from '@nestjs/common';
import { deadLetterTopic, type TopicDefinition } from '@clickjoin/contracts';
import type { KafkaClient } from '../client/kafka-client';
import { TopicMismatch } from '../errors';
import { type Admin, ConfigResourceTypes, type IResourceConfigEntry } from '../kafkajs';
import { pause } from '../pause';

export type TopicShape = Pick<TopicDefinition, 'name' | 'partitions' | 'retention' | 'timestamps'>;

export interface EnsureOptions {
  /** Also the dead-letter topics that this consumer group needs for the given topics. */
  readonly alsoDeadLettersFor?: string;
  /** How long to wait for the broker and for leaders. Default 60 s. */
  readonly deadlineMs?: number;
}

const DAY_MS = 86_400_000;
const CLEANUP_POLICY = 'cleanup.policy';
const TIMESTAMP_TYPE = 'message.timestamp.type';
const LOG_APPEND = { name: TIMESTAMP_TYPE, value: 'LogAppendTime' };
const DEAD_LETTER_DAYS = 30;
/** A dead letter is the original plus headers: what just fitted into its topic must fit here. */
export const DEAD_LETTER_MAX_BYTES = 2 * 1_048_588;

/** Creates topics before they are used, and checks that those that are there suit: never by auto-creation. */
export class TopicProvisioner {
  private readonly logger = new Logger(TopicProvisioner.name);

  constructor(private readonly client: KafkaClient) {}

  /**
   * @throws BrokerUnreachable when Kafka does not answer until the deadline
   * @throws TopicMismatch when an existing topic would break a guarantee: other cleanup policy, or another
   *   partition count than the contract asks for
   */
  async ensure(definitions: readonly TopicShape[], options: EnsureOptions = {}): Promise<void> {
    const deadlineAt = performance.now() + (options.deadlineMs ?? 60_000);
    const group = options.alsoDeadLettersFor;
    const wanted = [
      ...definitions,
      ...(group === undefined
        ? []
        : definitions.map(({ name }) => deadLetters(deadLetterTopic(name, group)))),
    ];
    const admin = await this.client.waitForBroker(options.deadlineMs);
    const present = new Set(await admin.listTopics());
    const missing = wanted.filter(({ name }) => !present.has(this.client.nameOf(name)));
    if (missing.length > 0) await this.create(admin, missing);
    await this.check(admin, wanted, deadlineAt);
    // The controller names leaders before they are in office; until then the first write would fail.
    for (const { name } of missing) await this.client.endOffsets(name);
  }

  /**
   * Records that belong together by key must meet in one partition number of both topics.
   * @throws TopicMismatch
   */
  async coPartitioned(
    one: Pick<TopicDefinition, 'name'>,
    other: Pick<TopicDefinition, 'name'>,
  ): Promise<void> {
    const admin = await this.client.waitForBroker();
    const [first, second] = await Promise.all(
      [one, other].map(({ name }) => this.partitionCount(admin, name)),
    );
    if (first !== second) {
      throw new TopicMismatch(
        `Topics ${this.client.nameOf(one.name)} (${String(first)} partitions) and ${this.client.nameOf(other.name)} (${String(second)}) must have equal partition counts, since their records meet by key: recreate one of them with the count of the other`,
      );
    }
  }

  private async create(admin: Admin, missing: readonly TopicShape[]): Promise<void> {
    // Another service may create the same topics in this moment: "already exists" is as good.
    await admin.createTopics({
      topics: missing.map((topic) => ({
        topic: this.client.nameOf(topic.name),
        numPartitions: topic.partitions ?? this.client.defaultPartitions,
        replicationFactor: this.client.replicationFactor,
        configEntries: this.configOf(topic),
      })),
      waitForLeaders: false,
      timeout: 10_000,
    });
    this.logger.log({ topics: missing.map(({ name }) => this.client.nameOf(name)) }, 'topics created');
  }

  private configOf(topic: TopicShape): IResourceConfigEntry[] {
    // With fewer than three replicas, asking for two would stop writes as soon as one broker restarts.
    const minInsync = this.client.replicationFactor >= 3 ? 2 : 1;
    return [
      { name: CLEANUP_POLICY, value: cleanupPolicy(topic) },
      { name: 'min.insync.replicas', value: String(minInsync) },
      ...(topic.retention.kind === 'time'
        ? [{ name: 'retention.ms', value: String(topic.retention.days * DAY_MS) }]
        : []),
      ...(topic.timestamps === 'log-append' ? [LOG_APPEND] : []),
      ...(topic.name.endsWith('.dlq')
        ? [{ name: 'max.message.bytes', value: String(DEAD_LETTER_MAX_BYTES) }]
        : []),
    ];
  }

  private async check(admin: Admin, wanted: readonly TopicShape[], deadlineAt: number): Promise<void> {
    const counts = await this.waitForLeaders(admin, wanted, deadlineAt);
    const configs = await this.configsOf(admin, wanted);
    const faults: string[] = [];
    for (const topic of wanted) {
      const name = this.client.nameOf(topic.name);
      const count = counts.get(name);
      const config = configs.get(name);
      const policy = config?.get(CLEANUP_POLICY);
      if (policy !== undefined && policy !== cleanupPolicy(topic)) {
        faults.push(`topic ${name} has cleanup.policy=${policy}, but must have ${cleanupPolicy(topic)}`);
      }
      if (topic.timestamps === 'log-append' && config?.get(TIMESTAMP_TYPE) !== LOG_APPEND.value) {
        // Not set here: kafkajs can only replace all settings of a topic at once, those of the operator among them.
        this.logger.warn(
          { topic: name, setting: `${TIMESTAMP_TYPE}=${LOG_APPEND.value}` },
          'topic was made without this setting: records carry the clocks of their producers until you set it with kafka-configs --alter',
        );
      }
      if (topic.partitions !== undefined && count !== topic.partitions) {
        faults.push(`topic ${name} has ${String(count)} partitions, but must have ${topic.partitions}`);
      } else if (count !== (topic.partitions ?? this.client.defaultPartitions)) {
        this.logger.warn(
          { topic: name, partitions: count, configured: this.client.defaultPartitions },
          'topic has another partition count than TOPIC_PARTITIONS says; the topic counts',
        );
      }
    }
    if (faults.length > 0)
      throw new TopicMismatch(`Kafka's topics don't fit this version: ${faults.join('; ')}`);
  }

  private async waitForLeaders(
    admin: Admin,
    wanted: readonly TopicShape[],
    deadlineAt: number,
  ): Promise<ReadonlyMap<string, number>> {
    const names = wanted.map(({ name }) => this.client.nameOf(name));
    for (;;) {
      try {
        const { topics } = await admin.fetchTopicMetadata({ topics: names });
        const led = topics.filter(
          ({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0),
        );
        if (led.length === names.length)
          return new Map(led.map((topic) => [topic.name, topic.partitions.length]));
      } catch (error) {
        // A topic that was created a moment ago is not known to every broker yet.
        if (performance.now() > deadlineAt) throw error;
      }
      if (performance.now() > deadlineAt) {
        throw new TopicMismatch(
          `Kafka did not elect leaders for ${names.join(', ')} in time: are all brokers up?`,
        );
      }
      await pause(50);
    }
  }

  private async configsOf(
    admin: Admin,
    wanted: readonly TopicShape[],
  ): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: wanted.map(({ name }) => ({
        type: ConfigResourceTypes.TOPIC,
        name: this.client.nameOf(name),
        configNames: [CLEANUP_POLICY, TIMESTAMP_TYPE],
      })),
    });
    return new Map(
      resources.map(({ resourceName, configEntries }) => [
        resourceName,
        new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
      ]),
    );
  }

  private async partitionCount(admin: Admin, topic: string): Promise<number | undefined> {
    const { topics } = await admin.fetchTopicMetadata({ topics: [this.client.nameOf(topic)] });
    return topics[0]?.partitions.length;
  }
}

const cleanupPolicy = ({ retention }: TopicShape): string =>
  retention.kind === 'compacted' ? 'compact' : 'delete';

/** One partition: dead letters are few, and are read by people. */
const deadLetters = (name: string): TopicShape => ({
  name,
  partitions: 1,
  retention: { kind: 'time', days: DEAD_LETTER_DAYS },
});
