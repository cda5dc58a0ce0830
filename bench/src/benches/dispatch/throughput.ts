import type { ServiceProcess } from '@clickjoin/dev-stack';
import type { Sample } from '../../bench';
import type { Ground, Log } from './ground';
import { conversionsOf, InventedSite } from './invented-sites';
import { usageOf, type Settings } from './processes';

/** Of every request: HTTP 200 with a code that is to be tried again. */
const FAIL_SHARE = 0.2;
const SITES = 8;
const WARM_UP = 200;

export interface Worker {
  readonly settings: Settings;
  /** One event in each request. */
  readonly travelsAlone: boolean;
  start(ground: Ground, log: Log, settings: Settings): Promise<ServiceProcess>;
}

/**
 * From the first conversion that is handed to Kafka until the ledger has the last one as accepted, by a process that
 * runs and is warm. The books are checked: TikTok has exactly these, each once.
 */
export async function workOff(ground: Ground, count: number, worker: Worker): Promise<Sample> {
  const sites = Array.from({ length: SITES }, () => new InventedSite(worker.travelsAlone));
  const log = await ground.openLog(sites);
  const running = await worker.start(ground, log, worker.settings);
  try {
    await ground.tiktok.begin({ failShare: FAIL_SHARE });
    await running.start();
    const warmUp = conversionsOf(sites, WARM_UP);
    await log.publish(warmUp);
    await log.untilInLedger(WARM_UP);

    const conversions = conversionsOf(sites, count);
    const before = await usageOf(running);
    const { requests, failed, events, bytes } = await ground.tiktok.progress();
    const startedAt = performance.now();
    await log.publish(conversions);
    await ground.tiktok.untilAccepted(WARM_UP + count);
    await log.untilInLedger(WARM_UP + count);
    const seconds = (performance.now() - startedAt) / 1_000;

    await ground.tiktok.check([...warmUp, ...conversions]);
    const after = await usageOf(running);
    const progress = await ground.tiktok.progress();
    const sent = progress.requests - requests;
    return {
      value: count / seconds,
      details: {
        'requests/s': sent / seconds,
        'bytes an event': (progress.bytes - bytes) / (progress.events - events),
        'failed %': (100 * (progress.failed - failed)) / sent,
        'CPU ms each': ((after.cpuSeconds - before.cpuSeconds) * 1_000) / count,
        'peak MB': after.peakMb,
      },
    };
  } finally {
    await running.stop();
    await log.close();
  }
}
