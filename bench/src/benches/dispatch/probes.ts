import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { topics, type DeliveryUpdated } from '@clickjoin/contracts';
import type { Reading } from '../../bench';
import { quantile } from '../../statistics';
import type { Ground, Log } from './ground';
import { conversionsOf, InventedSite, type InventedConversion } from './invented-sites';
import { dispatcher, type Settings } from './processes';
import { mostWithin } from './windows';

const TICK_MS = 10;
const WARM_UP_SECONDS = 3;

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

/** What a pixel that hangs and one that fails cost a healthy one: the same load without and with them. */
export async function neighbours(
  ground: Ground,
  perSecond: number,
  seconds: number,
): Promise<readonly Reading[]> {
  const [well, hanging, failing] = [new InventedSite(), new InventedSite(), new InventedSite()];
  return onOwnLog(ground, [well, hanging, failing], {}, 1, async (log) => {
    const p99 = async (): Promise<number> => {
      const sentAt = await convert(log, [well], perSecond, seconds);
      await ground.tiktok.untilAccepted(sentAt.size);
      const { accepted } = await ground.tiktok.check([...sentAt.keys()]);
      const acceptedAt = new Map(accepted.map(([eventId, at]) => [eventId, at]));
      return quantile(
        [...sentAt].map(([{ eventId }, from]) => (acceptedAt.get(eventId) ?? Infinity) - from),
        0.99,
      );
    };
    // The first seconds of a process are slower, and would flatter what comes after them.
    await convert(log, [well], perSecond, WARM_UP_SECONDS);
    await ground.tiktok.untilAccepted(perSecond * WARM_UP_SECONDS);
    await ground.tiktok.begin({});
    const without = await p99();
    const bad = { hanging: [hanging.pixelCode], failing: [failing.pixelCode] };
    await ground.tiktok.begin(bad);
    await log.publish(conversionsOf([hanging, failing], 1_000));
    // Until both are well under way.
    while ((await ground.tiktok.progress()).failed === 0) await pause(TICK_MS);
    await pause(1_000);
    const beside = await p99();
    return [
      { name: 'p99 of a healthy pixel alone', unit: 'ms', value: without },
      { name: 'p99 beside one that hangs and one that fails', unit: 'ms', value: beside },
      { name: 'that is, times', unit: '×', value: beside / without, atMost: 1.5 },
    ];
  });
}

export interface Outage {
  /** So many minutes' conversions lie there, loaded at once… */
  readonly minutes: number;
  readonly perMinute: number;
  /** …while TikTok is really away for so long. */
  readonly awaySeconds: number;
}

/** How long it takes from TikTok's return until everything that has piled up is accepted. */
export async function outage(
  ground: Ground,
  { minutes, perMinute, awaySeconds }: Outage,
): Promise<readonly Reading[]> {
  const sites = Array.from({ length: 4 }, () => new InventedSite());
  // The backoff as in production: it is what the last ones wait for.
  return onOwnLog(ground, sites, { RETRY_BASE_MS: '1000' }, 1, async (log) => {
    await ground.tiktok.behave({ isAway: true });
    const conversions = conversionsOf(sites, minutes * perMinute);
    await log.publish(conversions);
    await pause(awaySeconds * 1_000);
    const { events } = await ground.tiktok.progress();
    await ground.tiktok.behave({ isAway: false });
    const backAt = performance.now();
    const secondsUntil = async (share: number): Promise<number> => {
      await ground.tiktok.untilAccepted(Math.floor(conversions.length * share));
      return (performance.now() - backAt) / 1_000;
    };
    const most = await secondsUntil(0.99);
    const all = await secondsUntil(1);
    await log.untilInLedger(conversions.length);
    await ground.tiktok.check(conversions);
    const what = `${conversions.length} conversions (${minutes} min at ${perMinute}/min), TikTok away ${awaySeconds} s`;
    return [
      { name: `drained to 99 %: ${what}`, unit: 's', value: most },
      { name: 'drained to the last', unit: 's', value: all },
      { name: 'events sent in vain meanwhile', unit: 'events', value: events },
    ];
  });
}

async function onOwnLog(
  ground: Ground,
  sites: readonly InventedSite[],
  settings: Settings,
  processes: number,
  work: (log: Log) => Promise<readonly Reading[]>,
): Promise<readonly Reading[]> {
  const log = await ground.openLog(sites);
  const all = await Promise.all(
    Array.from({ length: processes }, () => dispatcher(ground, log, { RETRY_BASE_MS: '50', ...settings })),
  );
  try {
    await ground.tiktok.begin({});
    for (const each of all) await each.start();
    const warmUp = conversionsOf(sites, 20);
    await log.publish(warmUp);
    await log.untilInLedger(warmUp.length);
    await ground.tiktok.begin({});
    log.leaveOut(warmUp.length);
    return await work(log);
  } finally {
    await Promise.all(all.map((each) => each.stop()));
    await log.close();
  }
}

/** Conversions at a steady rate, whatever becomes of them. @returns when each was handed to Kafka, Unix milliseconds */
async function convert(
  log: Log,
  sites: readonly InventedSite[],
  perSecond: number,
  seconds: number,
): Promise<ReadonlyMap<InventedConversion, number>> {
  const sentAt = new Map<InventedConversion, number>();
  const sending: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let owed = 0, tick = 0; tick * TICK_MS < seconds * 1_000; tick += 1) {
    const aheadMs = startedAt + tick * TICK_MS - performance.now();
    if (aheadMs > 0) await pause(aheadMs);
    owed += perSecond * (TICK_MS / 1_000);
    const count = Math.floor(owed + 1e-9);
    owed -= count;
    for (let n = 0; n < count; n += 1) {
      const conversion = sites[sentAt.size % sites.length]?.conversion();
      if (conversion === undefined) throw new Error('there is a site');
      sentAt.set(conversion, performance.timeOrigin + performance.now());
      sending.push(log.publish([conversion]));
    }
  }
  await Promise.all(sending);
  return sentAt;
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
