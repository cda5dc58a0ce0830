import { createRequire } from 'node:module';
import { KafkaClient } from '../client/kafka-client';
import { Kafka, logLevel } from './index';
import type { RequestQueue } from './request-queue.patch';

const requireInternal = createRequire(__filename);

interface Pushed {
  entry: {
    correlationId: number;
    apiKey: number;
    apiName: string;
    resolve(): void;
    reject(error: Error): void;
  };
  expectResponse: boolean;
  sendRequest(): void;
}
interface TestedQueue extends RequestQueue {
  push(request: Pushed): void;
  fulfillRequest(response: { correlationId: number; payload: Buffer; size: number }): void;
  maybeThrottle(durationMs: number): void;
}

function newQueue(options: { maxInFlightRequests?: number } = {}): TestedQueue {
  const Queue = requireInternal('kafkajs/src/network/requestQueue') as new (options: object) => TestedQueue;
  const logger = { debug: jest.fn(), warn: jest.fn() };
  return new Queue({
    requestTimeout: 30_000,
    enforceRequestTimeout: true,
    clientId: 'c',
    broker: 'b',
    logger,
    ...options,
  });
}

const request = (correlationId: number, sendRequest = jest.fn()): Pushed => ({
  entry: { correlationId, apiKey: 0, apiName: 'Produce', resolve: jest.fn(), reject: jest.fn() },
  expectResponse: true,
  sendRequest,
});

const answer = (correlationId: number) => ({ correlationId, payload: Buffer.alloc(0), size: 0 });

describe('patches of kafkajs', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('leaves no timer behind an answered request', () => {
    const queue = newQueue();
    queue.push(request(1));
    queue.fulfillRequest(answer(1));
    // Unpatched, one timer is armed here and re-arms itself for ever.
    expect(jest.getTimerCount()).toBe(0);
  });

  it('still sends what waits for a slot, and what waits for the end of throttling', () => {
    const queue = newQueue({ maxInFlightRequests: 1 });
    const second = jest.fn();
    const third = jest.fn();
    queue.push(request(1));
    queue.push(request(2, second));
    expect(second).not.toHaveBeenCalled();
    queue.fulfillRequest(answer(1));
    expect(second).toHaveBeenCalledTimes(1);
    queue.maybeThrottle(500);
    queue.fulfillRequest(answer(2));
    queue.push(request(3, third));
    jest.advanceTimersByTime(490);
    expect(third).not.toHaveBeenCalled();
    jest.advanceTimersByTime(30);
    expect(third).toHaveBeenCalledTimes(1);
  });

  it('looks for timed-out requests once a second instead of ten times', () => {
    const queue = newQueue();
    const isConnected = jest.spyOn(queue, 'isConnected').mockReturnValue(true);
    queue.scheduleRequestTimeoutCheck();
    jest.advanceTimersByTime(10_000);
    expect(isConnected).toHaveBeenCalledTimes(10);
    queue.destroy();
  });

  it('times a request out', () => {
    const queue = newQueue();
    const one = request(1);
    queue.scheduleRequestTimeoutCheck();
    queue.push(one);
    jest.advanceTimersByTime(32_000);
    expect(one.entry.reject).toHaveBeenCalledTimes(1);
    queue.destroy();
  });

  it('retries by the same rules in tests as in production', async () => {
    const createRetry = requireInternal('kafkajs/src/retry') as (
      options: object,
    ) => (fn: () => Promise<void>) => Promise<void>;
    const fn = jest.fn(() => Promise.reject(new Error('fails')));
    const failed = expect(createRetry({ initialRetryTime: 1, maxRetryTime: 1 })(fn)).rejects.toThrow('fails');
    await jest.runAllTimersAsync();
    await failed;
    expect(process.env['NODE_ENV']).toBe('test');
    expect(fn).toHaveBeenCalledTimes(6);
  });

  it('prints no notice about partitioners', () => {
    const lines: string[] = [];
    const kafka = new Kafka({
      brokers: ['127.0.0.1:1'],
      logLevel: logLevel.DEBUG,
      logCreator: () => (entry) => lines.push(entry.log.message),
    });
    const producer = jest.spyOn(Kafka.prototype, 'producer');
    new KafkaClient({ clientId: 'c', brokers: ['127.0.0.1:1'] }).producer(() => () => 0, 1_000);
    const [config] = producer.mock.calls[0] ?? [];
    kafka.producer(config);
    expect(lines.filter((line) => line.includes('partitioner'))).toEqual([]);
    kafka.producer();
    expect(lines.filter((line) => line.includes('partitioner'))).toHaveLength(1);
  });
});
