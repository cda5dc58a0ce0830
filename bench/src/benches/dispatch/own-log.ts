import { setTimeout as pause } from 'node:timers/promises';
import type { Reading } from '../../bench';
import type { Ground, Log } from './ground';
import { conversionsOf, type InventedConversion, type InventedSite } from './invented-sites';
import { dispatcher, type Settings } from './processes';

const TICK_MS = 10;

/** A log of their own, with so many of our processes on it that have sent something to each site. */
export async function onOwnLog(
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
export async function convert(
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
