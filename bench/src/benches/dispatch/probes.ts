import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { topics, type DeliveryUpdated } from '@clickjoin/contracts';
import type { Reading } from '../../bench';
import { quantile } from '../../statistics';
import type { Ground, Log } from './ground';
import { conversionsOf, InventedSite, type InventedConversion } from './invented-sites';
import { convert, onOwnLog } from './own-log';
import { mostWithin } from './windows';

const TICK_MS = 10;

/** Two processes, a request for each conversion, and more of them than the rate lets go. */
export async function rateLimit(ground: Ground, seconds: number): Promise<readonly Reading[]> {
  const perSecond = 100;
  const site = new InventedSite(true);
  const settings = { MAX_REQUESTS_PER_SECOND: String(perSecond) };
  return onOwnLog(ground, [site], settings, 2, async (log) => {
    const conversions = conversionsOf([site], perSecond * seconds);
    await log.publish(conversions);
    await ground.tiktok.untilAccepted(conversions.length);
    await log.untilInLedger(conversions.length);
    const { arrivals } = await ground.tiktok.check(conversions);
    const times = arrivals.map(([, at]) => at);
    const tookMs = Math.max(...times) - Math.min(...times);
    const used = arrivals.length / (tookMs / 1_000) / perSecond;
    return [
      {
        name: `most requests in any second, 2 processes, limit ${perSecond}/s`,
        unit: 'requests',
        value: mostWithin(arrivals, 1_000),
        atMost: perSecond,
      },
      { name: 'of the limit used', unit: '%', value: 100 * used },
    ];
  });
}

/** From handing a conversion to Kafka until TikTok has accepted it, and until the world is told so, at a steady rate. */
export async function steady(
  ground: Ground,
  perSecond: number,
  seconds: number,
): Promise<readonly Reading[]> {
  const sites = Array.from({ length: 4 }, () => new InventedSite());
  return onOwnLog(ground, sites, {}, 1, async (log) => {
    const told = await readUpdates(log);
    try {
      const sentAt = await convert(log, sites, perSecond, seconds);
      await log.untilInLedger(sentAt.size);
      await told.until(sentAt.size);
      const { accepted } = await ground.tiktok.check([...sentAt.keys()]);
      const acceptedAt = new Map(accepted.map(([eventId, at]) => [eventId, at]));
      const latencies = (at: (conversion: InventedConversion) => number | undefined): number[] =>
        [...sentAt].map(([conversion, from]) => (at(conversion) ?? Infinity) - from);
      const toAnswer = latencies(({ eventId }) => acceptedAt.get(eventId));
      const toWorld = latencies(({ conversionId }) => told.acceptedAt.get(conversionId));
      const load = `at ${perSecond}/s`;
      return [
        { name: `p50 to TikTok's answer ${load}`, unit: 'ms', value: quantile(toAnswer, 0.5) },
        {
          name: `p99 to TikTok's answer ${load}`,
          unit: 'ms',
          value: quantile(toAnswer, 0.99),
          atMost: 1_000,
        },
        { name: `p50 to DeliveryUpdated ${load}`, unit: 'ms', value: quantile(toWorld, 0.5) },
        { name: `p99 to DeliveryUpdated ${load}`, unit: 'ms', value: quantile(toWorld, 0.99) },
      ];
    } finally {
      await told.close();
    }
  });
}

interface Updates {
  /** By conversion, Unix milliseconds. */
  readonly acceptedAt: ReadonlyMap<string, number>;
  until(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Follows what the service tells of its deliveries, from now on. */
async function readUpdates(log: Log): Promise<Updates> {
  const acceptedAt = new Map<string, number>();
  const consumer = log.client.consumer({ groupId: `bench-${randomUUID()}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({
    topics: [log.client.nameOf(topics.deliveryUpdated.name)],
    fromBeginning: false,
  });
  const joined = new Promise<void>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, () => resolve());
  });
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: 6,
    eachBatch: ({ batch }) => {
      const now = performance.timeOrigin + performance.now();
      for (const { value } of batch.messages) {
        const { conversionId, state } = JSON.parse(String(value)) as DeliveryUpdated;
        if (state === 'accepted') acceptedAt.set(conversionId, now);
      }
      return Promise.resolve();
    },
  });
  await joined;
  // The position is found out with the first fetch.
  await pause(1_000);
  return {
    acceptedAt,
    until: async (count) => {
      const deadline = performance.now() + 60_000;
      while (acceptedAt.size < count) {
        if (performance.now() > deadline) throw new Error(`told of ${acceptedAt.size} and not ${count}`);
        await pause(TICK_MS);
      }
    },
    close: () => consumer.disconnect(),
  };
}
