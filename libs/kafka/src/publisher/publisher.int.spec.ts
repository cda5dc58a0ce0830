import { connect } from 'node:net';
import { Logger } from '@nestjs/common';
import { createTopics, KafkaApi, readAll, TcpProxy, testInfra, uniquePrefix } from '@clickjoin/testing';
import { MetricsRegistry } from '@clickjoin/service-kit';
import { KafkaClient } from '../client/kafka-client';
import { type ISocketFactory, Partitioners, type Producer } from '../kafkajs';
import { Overloaded, PublisherClosed, PublishFailed, PublishTimeout, RecordRejected } from './publish-errors';
import { Publisher, type PublisherOptions } from './publisher';
import { PublisherMetrics } from './publisher.metrics';
import type { PublishableRecord } from './record';

const topicPrefix = uniquePrefix('publisher');
const brokerPort = (): number => Number(testInfra().brokers.split(',')[0]?.split(':')[1]);

/** The broker sends clients to itself; this keeps them on the proxy. */
const throughProxy =
  (proxy: TcpProxy): ISocketFactory =>
  ({ onConnect }) =>
    connect({ host: '127.0.0.1', port: proxy.port }, onConnect);

function clientFor(proxy?: TcpProxy): KafkaClient {
  return new KafkaClient({
    clientId: 'publisher-spec',
    brokers: testInfra().brokers.split(','),
    topicPrefix,
    requestTimeoutMs: 2_000,
    ...(proxy === undefined ? {} : { socketFactory: throughProxy(proxy) }),
  });
}

let topicNumber = 0;
async function newTopic(config: Record<string, string> = {}, partitions = 1): Promise<string> {
  const topic = `topic-${(topicNumber += 1)}`;
  await createTopics([{ topic: `${topicPrefix}${topic}`, partitions, config }]);
  return topic;
}

const recordFor = (topic: string, id: string, value = `value of ${id}`): PublishableRecord => ({
  topic,
  key: id,
  value: Buffer.from(value),
  headers: { ce_id: id },
});

const keysIn = async (topic: string): Promise<string[]> =>
  (await readAll(`${topicPrefix}${topic}`)).map(({ key }) => String(key));

beforeAll(() => {
  Logger.overrideLogger(false);
});

describe('Publisher', () => {
  const opened: { close(): Promise<void> }[] = [];
  const publisherFor = (client: KafkaClient, options: PublisherOptions = {}): Publisher => {
    const publisher = new Publisher(client, options);
    opened.push(publisher, client);
    return publisher;
  };
  const proxyToBroker = async (): Promise<TcpProxy> => {
    const proxy = await TcpProxy.listen(brokerPort());
    opened.push(proxy);
    return proxy;
  };
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
  });

  it('writes key, value and headers; null values too; and keeps the order of a key', async () => {
    const topic = await newTopic({}, 3);
    const publisher = publisherFor(clientFor());
    await publisher.publishAll([
      recordFor(topic, 'a', '1'),
      recordFor(topic, 'b', '2'),
      recordFor(topic, 'a', '3'),
      { topic, key: 'gone', value: null },
    ]);
    const records = await readAll(`${topicPrefix}${topic}`);
    expect(records.filter(({ key }) => String(key) === 'a').map(({ value }) => String(value))).toEqual([
      '1',
      '3',
    ]);
    expect(records.find(({ key }) => String(key) === 'gone')?.value).toBeNull();
    expect(String(records.find(({ key }) => String(key) === 'b')?.headers['ce_id'])).toBe('b');
  });

  it('puts what arrives while a batch is out into the next one', async () => {
    const topic = await newTopic();
    const metrics = new PublisherMetrics(new MetricsRegistry());
    const publisher = publisherFor(clientFor(), { metrics, deadlineMs: 60_000 });
    await publisher.publish(recordFor(topic, 'first'));
    await Promise.all(Array.from({ length: 2_500 }, (_, n) => publisher.publish(recordFor(topic, `k${n}`))));
    const { values } = await metrics.batches.get();
    // One for the first, then 1,000 + 1,000 + 500.
    expect(values.map(({ labels, value }) => [labels.outcome, value])).toEqual([['acknowledged', 4]]);
    expect(new Set(await keysIn(topic)).size).toBe(2_501);
  });

  describe('when a produce response is lost and the connection is cut, while callers overlap', () => {
    const TRIALS = 4;

    /** Three callers at a time, ten records each; the response of one produce is lost. */
    async function overlap(
      proxy: TcpProxy,
      publish: (id: string) => Promise<unknown>,
    ): Promise<{ acknowledged: string[]; failed: unknown[] }> {
      const acknowledged: string[] = [];
      const failed: unknown[] = [];
      const send = (id: string): Promise<unknown> =>
        publish(id).then(
          () => acknowledged.push(id),
          (error: unknown) => failed.push(error),
        );
      const caller = async (name: string): Promise<void> => {
        for (let n = 0; n < 10; n += 1) await send(`${name}-${n}`);
      };
      await send('warm-up');
      const dropped = proxy.dropNextResponse(KafkaApi.Produce);
      await Promise.all([caller('a'), caller('b'), caller('c'), dropped]);
      return { acknowledged: acknowledged.sort(), failed };
    }

    it('has every acknowledged record in the topic exactly once', async () => {
      const proxy = await proxyToBroker();
      for (let trial = 0; trial < TRIALS; trial += 1) {
        const topic = await newTopic();
        const publisher = publisherFor(clientFor(proxy), { deadlineMs: 20_000 });
        const { acknowledged, failed } = await overlap(proxy, (id) =>
          publisher.publish(recordFor(topic, id)),
        );
        expect(failed).toEqual([]);
        expect((await keysIn(topic)).sort()).toEqual(acknowledged);
      }
    });

    it('bites: overlapping sends of plain kafkajs lose or duplicate acknowledged records', async () => {
      const proxy = await proxyToBroker();
      let wrong = 0;
      for (let trial = 0; trial < TRIALS; trial += 1) {
        const topic = await newTopic();
        const client = clientFor(proxy);
        const producer: Producer = client.producer(Partitioners.DefaultPartitioner, 20_000);
        await producer.connect();
        const { acknowledged } = await overlap(proxy, (id) =>
          producer.send({ topic: `${topicPrefix}${topic}`, acks: -1, messages: [{ key: id, value: id }] }),
        );
        await producer.disconnect();
        const written = await keysIn(topic);
        if (acknowledged.some((id) => written.filter((key) => key === id).length !== 1)) wrong += 1;
      }
      expect(wrong).toBeGreaterThan(0);
    });
  });

  describe('after a batch that failed for good, though it was written', () => {
    /** Written, its answer lost, and no second try. */
    async function failFirst(proxy: TcpProxy, send: (id: string) => Promise<unknown>): Promise<void> {
      await send('before');
      const dropped = proxy.dropNextResponse(KafkaApi.Produce).then(() => proxy.refuse());
      await Promise.allSettled([send('unknown'), dropped]);
      proxy.accept();
    }

    it('bites: the same producer has the next record swallowed as a duplicate, although acknowledged', async () => {
      const topic = await newTopic();
      const proxy = await proxyToBroker();
      const producer = clientFor(proxy).producer(Partitioners.DefaultPartitioner, 100);
      await producer.connect();
      const send = (id: string): Promise<unknown> =>
        producer.send({ topic: `${topicPrefix}${topic}`, acks: -1, messages: [{ key: id, value: id }] });
      await failFirst(proxy, send);
      await producer.connect();
      await send('after');
      await producer.disconnect();
      expect(await keysIn(topic)).toEqual(['before', 'unknown']);
    });

    it('a fresh producer id brings the next record into the topic', async () => {
      const topic = await newTopic();
      const proxy = await proxyToBroker();
      const publisher = publisherFor(clientFor(proxy), { settleWithinMs: 1_000, deadlineMs: 20_000 });
      const failures: unknown[] = [];
      await failFirst(proxy, (id) =>
        publisher.publish(recordFor(topic, id)).catch((error: unknown) => failures.push(error)),
      );
      expect(failures).toEqual([expect.any(PublishFailed)]);
      expect(failures[0]).toMatchObject({ mayBeWritten: true });
      await publisher.publish(recordFor(topic, 'after'));
      expect(await keysIn(topic)).toEqual(['before', 'unknown', 'after']);
    });
  });

  describe('when Kafka does not answer', () => {
    it('withdraws what still waits, and says that the outcome of what is out is unknown', async () => {
      const topic = await newTopic();
      const proxy = await proxyToBroker();
      const publisher = publisherFor(clientFor(proxy));
      await publisher.publish(recordFor(topic, 'before'));
      proxy.pause();
      const out = publisher.publish(recordFor(topic, 'out'), { deadlineMs: 400 });
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      const waiting = publisher.publish(recordFor(topic, 'waiting'), { deadlineMs: 200 });
      const [first, second] = await Promise.allSettled([out, waiting]);
      expect(first).toMatchObject({ status: 'rejected', reason: { mayBeWritten: true } });
      expect(second).toMatchObject({ status: 'rejected', reason: { mayBeWritten: false } });
      expect(first.status === 'rejected' && first.reason).toBeInstanceOf(PublishTimeout);
      proxy.resume();
      await publisher.publish(recordFor(topic, 'after'), { deadlineMs: 20_000 });
      // The one that was out is settled with the same producer, so it is there once; the other never was sent.
      expect(await keysIn(topic)).toEqual(['before', 'out', 'after']);
    });

    it('refuses when the queue is full, by count and by bytes', async () => {
      const topic = await newTopic();
      const proxy = await proxyToBroker();
      const publisher = publisherFor(clientFor(proxy), {
        maxQueuedRecords: 3,
        maxQueuedBytes: 10_000,
        deadlineMs: 500,
      });
      await publisher.publish(recordFor(topic, 'before'));
      proxy.pause();
      const waiting = ['a', 'b', 'c'].map((id) => publisher.publish(recordFor(topic, id)));
      await expect(publisher.publish(recordFor(topic, 'd'))).rejects.toBeInstanceOf(Overloaded);
      await expect(publisher.publish(recordFor(topic, 'e', 'x'.repeat(10_000)))).rejects.toBeInstanceOf(
        Overloaded,
      );
      await Promise.allSettled(waiting);
      proxy.resume();
    });
  });

  it('lets a record fail alone that the broker refuses, its neighbours are written once', async () => {
    const topic = await newTopic({ 'max.message.bytes': '20000' }, 2);
    const other = await newTopic();
    const publisher = publisherFor(clientFor());
    const small = Array.from({ length: 8 }, (_, n) => `small-${n}`);
    const calls = small.map((id) => publisher.publish(recordFor(topic, id)));
    const refused = publisher.publish(recordFor(topic, 'large', 'x'.repeat(30_000)));
    calls.push(publisher.publish(recordFor(other, 'elsewhere')), publisher.publish(recordFor(topic, 'last')));
    await expect(refused).rejects.toBeInstanceOf(RecordRejected);
    await Promise.all(calls);
    expect((await keysIn(topic)).sort()).toEqual([...small, 'last'].sort());
    expect(await keysIn(other)).toEqual(['elsewhere']);
    await publisher.publish(recordFor(topic, 'later'));
    expect(await keysIn(topic)).toContain('later');
  });

  it('lets a record fail alone whose topic does not exist, and one that is too large for any', async () => {
    const topic = await newTopic();
    const publisher = publisherFor(clientFor());
    const [missing, large, good] = await Promise.allSettled([
      publisher.publish(recordFor('no-such-topic', 'a')),
      publisher.publish(recordFor(topic, 'large', 'x'.repeat(1_100_000))),
      publisher.publish(recordFor(topic, 'good')),
    ]);
    expect(missing).toMatchObject({ status: 'rejected', reason: { name: 'RecordRejected' } });
    expect(large).toMatchObject({ status: 'rejected', reason: { name: 'RecordRejected' } });
    expect(good).toMatchObject({ status: 'fulfilled' });
  });

  it('flushes at close and takes nothing afterwards', async () => {
    const topic = await newTopic();
    const publisher = publisherFor(clientFor());
    const calls = ['a', 'b', 'c'].map((id) => publisher.publish(recordFor(topic, id)));
    await publisher.close();
    await Promise.all(calls);
    await expect(publisher.publish(recordFor(topic, 'd'))).rejects.toBeInstanceOf(PublisherClosed);
    expect(await keysIn(topic)).toEqual(['a', 'b', 'c']);
  });
});
