import { connect } from 'node:net';
import { Logger } from '@nestjs/common';
import { createTopics, testInfra, uniquePrefix } from '@clickjoin/testing';
import { KafkaClient } from '../client/kafka-client';
import { BrokerUnreachable, TopicMismatch } from '../errors';
import { ConfigResourceTypes } from '../kafkajs';
import { TopicProvisioner, type TopicShape } from './topic-provisioner';

const byTime: TopicShape = {
  name: 'a.by-time.v1',
  partitions: undefined,
  retention: { kind: 'time', days: 30 },
};
const compacted: TopicShape = { name: 'a.settings.v1', partitions: 1, retention: { kind: 'compacted' } };

describe('TopicProvisioner', () => {
  const clients: KafkaClient[] = [];
  let topicPrefix: string;
  const newClient = (options: Partial<ConstructorParameters<typeof KafkaClient>[0]> = {}): KafkaClient => {
    const brokers = testInfra().brokers.split(',');
    const client = new KafkaClient({ clientId: 'spec', brokers, topicPrefix, partitions: 6, ...options });
    clients.push(client);
    return client;
  };

  beforeAll(() => {
    Logger.overrideLogger(false);
  });
  beforeEach(() => {
    topicPrefix = uniquePrefix('topics');
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
  });

  const configOf = async (client: KafkaClient, topic: string): Promise<Record<string, string>> => {
    const { resources } = await (
      await client.admin()
    ).describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topicPrefix + topic }],
    });
    return Object.fromEntries(
      resources.flatMap(({ configEntries }) =>
        configEntries.map((entry) => [entry.configName, entry.configValue]),
      ),
    );
  };
  const partitionsOf = async (client: KafkaClient, topic: string): Promise<number> =>
    (await client.endOffsets(topic)).size;

  it('makes topics as the contract says, with dead-letter topics, and is content with them the next time', async () => {
    const client = newClient();
    const provisioner = new TopicProvisioner(client);
    await provisioner.ensure([byTime, compacted], { alsoDeadLettersFor: 'group' });
    expect(await partitionsOf(client, byTime.name)).toBe(6);
    expect(await partitionsOf(client, compacted.name)).toBe(1);
    expect(await partitionsOf(client, `${byTime.name}.group.dlq`)).toBe(1);
    expect(await configOf(client, byTime.name)).toMatchObject({
      'cleanup.policy': 'delete',
      'retention.ms': String(30 * 86_400_000),
      'min.insync.replicas': '1',
    });
    expect(await configOf(client, compacted.name)).toMatchObject({ 'cleanup.policy': 'compact' });
    expect(await configOf(client, `${byTime.name}.group.dlq`)).toMatchObject({
      'max.message.bytes': '2097176',
    });
    await provisioner.ensure([byTime, compacted], { alsoDeadLettersFor: 'group' });
  });

  it('lets the broker date the records where the contract asks for it, and only warns about a topic that is there', async () => {
    const appended: TopicShape = { ...byTime, name: 'a.appended.v1', timestamps: 'log-append' };
    const older: TopicShape = { ...appended, name: 'a.older.v1' };
    await createTopics([
      { topic: topicPrefix + older.name, partitions: 6, config: { 'retention.ms': '1000' } },
    ]);
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation();
    const client = newClient();
    await new TopicProvisioner(client).ensure([byTime, appended, older]);
    const type = 'message.timestamp.type';
    expect(await configOf(client, appended.name)).toMatchObject({ [type]: 'LogAppendTime' });
    expect(await configOf(client, byTime.name)).toMatchObject({ [type]: 'CreateTime' });
    // What an operator has set stays.
    expect(await configOf(client, older.name)).toMatchObject({
      [type]: 'CreateTime',
      'retention.ms': '1000',
    });
    expect(warn.mock.calls.map(([fields]) => fields as unknown)).toEqual([
      expect.objectContaining({ topic: topicPrefix + older.name }),
    ]);
    warn.mockRestore();
  });

  it('does not mind another service that makes the same topics at the same time', async () => {
    const both = [newClient(), newClient()].map((client) => new TopicProvisioner(client));
    await Promise.all(both.map((provisioner) => provisioner.ensure([byTime, compacted])));
  });

  it('refuses a topic that keeps its records by another policy, or has another count than the contract', async () => {
    await createTopics([
      { topic: topicPrefix + byTime.name, partitions: 6, config: { 'cleanup.policy': 'compact' } },
      { topic: topicPrefix + compacted.name, partitions: 2, config: { 'cleanup.policy': 'compact' } },
    ]);
    const refused = new TopicProvisioner(newClient()).ensure([byTime, compacted]);
    await expect(refused).rejects.toBeInstanceOf(TopicMismatch);
    await expect(refused).rejects.toThrow(
      /by-time.v1 has cleanup.policy=compact, but must have delete; .*settings.v1 has 2 partitions, but must have 1/,
    );
  });

  it('takes the count that a topic has when the contract leaves it open', async () => {
    await createTopics([{ topic: topicPrefix + byTime.name, partitions: 3 }]);
    await new TopicProvisioner(newClient()).ensure([byTime]);
  });

  it('refuses co-partitioned topics whose counts differ', async () => {
    const other = { ...byTime, name: 'a.other.v1' };
    const provisioner = new TopicProvisioner(newClient());
    await createTopics([{ topic: topicPrefix + byTime.name, partitions: 3 }]);
    await provisioner.ensure([other, byTime]);
    await expect(provisioner.coPartitioned(byTime, other)).rejects.toThrow(
      /\(3 partitions\).*\(6\) must have equal partition counts/,
    );
    await provisioner.coPartitioned(other, { ...other });
  });

  it('says in one sentence that Kafka is not there', async () => {
    const client = newClient({ brokers: ['127.0.0.1:1'] });
    const refused = new TopicProvisioner(client).ensure([byTime], { deadlineMs: 500 });
    await expect(refused).rejects.toBeInstanceOf(BrokerUnreachable);
    await expect(refused).rejects.toThrow(
      /^Kafka at 127\.0\.0\.1:1 did not answer within \d+ s: is it running, and is KAFKA_BROKERS right\?$/,
    );
  });

  it('waits for a Kafka that is still starting', async () => {
    const [host = '', port = ''] = (testInfra().brokers.split(',')[0] ?? '').split(':');
    let up = false;
    const client = newClient({
      socketFactory: ({ onConnect }) => connect({ host, port: up ? Number(port) : 1 }, onConnect),
    });
    const ensured = new TopicProvisioner(client).ensure([byTime]);
    setTimeout(() => (up = true), 300);
    await ensured;
  });
});
