import type { Reading } from '../../bench';
import type { Ground } from './ground';
import { InventedSite } from './invented-sites';
import { convert, onOwnLog } from './own-log';

export interface Outage {
  /** TikTok refuses connections for really so long… */
  readonly seconds: number;
  /** …while conversions go on coming at this rate. */
  readonly perSecond: number;
}

const SITES = 4;
const SAY_EVERY_SECONDS = 30;

/** How long it takes from TikTok's return until everything that has piled up is accepted. Nothing is fast-forwarded. */
export async function outage(ground: Ground, { seconds, perSecond }: Outage): Promise<readonly Reading[]> {
  const sites = Array.from({ length: SITES }, () => new InventedSite());
  // The backoff as in production: it is what the last ones wait for.
  return onOwnLog(ground, sites, { RETRY_BASE_MS: '1000' }, 1, async (log) => {
    await ground.tiktok.behave({ isAway: true });
    const beganAt = performance.now();
    const timer = setInterval(() => {
      const passed = Math.round((performance.now() - beganAt) / 1_000);
      process.stderr.write(`    TikTok is away: ${passed} of ${seconds} s\n`);
    }, SAY_EVERY_SECONDS * 1_000);
    const conversions = await convert(log, sites, perSecond, seconds).finally(() => clearInterval(timer));
    const [tries] = await ground.sql<{ n: number }>(
      `SELECT count(*)::int AS n FROM attempt JOIN delivery USING (delivery_id) WHERE verdict <> 'accepted'`,
      log.database,
    );
    await ground.tiktok.behave({ isAway: false });
    const backAt = performance.now();
    const secondsUntil = async (share: number): Promise<number> => {
      await ground.tiktok.untilAccepted(Math.floor(conversions.size * share));
      return (performance.now() - backAt) / 1_000;
    };
    const most = await secondsUntil(0.99);
    const all = await secondsUntil(1);
    await log.untilInLedger(conversions.size);
    await ground.tiktok.check([...conversions.keys()]);
    const what = `${conversions.size.toLocaleString('en-US')} conversions of ${seconds} s without TikTok`;
    return [
      { name: `drained to 99 %: ${what}`, unit: 's', value: most },
      { name: 'drained to the last', unit: 's', value: all },
      { name: 'drained by the second', unit: 'deliveries/s', value: conversions.size / all },
      { name: 'attempts in vain meanwhile', unit: 'attempts', value: tries?.n ?? 0 },
    ];
  });
}
