import { setTimeout as pause } from 'node:timers/promises';
import type { Reading } from '../../bench';
import { quantile } from '../../statistics';
import type { Ground } from './ground';
import { conversionsOf, InventedSite } from './invented-sites';
import { convert, onOwnLog } from './own-log';

const LOOK_EVERY_MS = 20;
const PATIENCE_MS = 60_000;
/** A process goes on getting faster for thousands of events: so many a second, for so long, before anything counts. */
const WARM_UP = { perSecond: 200, seconds: 15 } as const;
const BAD_CONVERSIONS = 1_000;

/**
 * What a pixel that hangs and one that fails cost a healthy one: the p99 of its conversions until TikTok's answer, in two
 * processes that are new and warmed up alike. In one process after the other, the second time would be flattered by
 * what the first has warmed.
 * @param isBesideFirst the order of the two
 */
export async function neighbours(
  ground: Ground,
  perSecond: number,
  seconds: number,
  isBesideFirst: boolean,
): Promise<readonly Reading[]> {
  const measured = new Map<boolean, number>();
  for (const hasBad of isBesideFirst ? [true, false] : [false, true])
    measured.set(hasBad, await healthyP99(ground, perSecond, seconds, hasBad));
  const [alone = NaN, beside = NaN] = [measured.get(false), measured.get(true)];
  return [
    { name: 'p99 of a healthy pixel alone', unit: 'ms', value: alone },
    { name: 'p99 beside one that hangs and one that fails', unit: 'ms', value: beside },
    { name: 'that is, times', unit: '×', value: beside / alone, atMost: 1.5 },
  ];
}

async function healthyP99(
  ground: Ground,
  perSecond: number,
  seconds: number,
  hasBad: boolean,
): Promise<number> {
  const [well, hanging, failing] = [new InventedSite(), new InventedSite(), new InventedSite()];
  const { tiktok } = ground;
  let p99 = NaN;
  await onOwnLog(ground, [well, hanging, failing], {}, 1, async (log) => {
    // All three, as long as all are well: the same code and statements are warm in both processes.
    const warmed = await convert(log, [well, hanging, failing], WARM_UP.perSecond, WARM_UP.seconds);
    await tiktok.untilAccepted(warmed.size);
    await log.untilInLedger(warmed.size);
    await tiktok.begin(hasBad ? { hanging: [hanging.pixelCode], failing: [failing.pixelCode] } : {});
    if (hasBad) {
      await log.publish(conversionsOf([hanging, failing], BAD_CONVERSIONS));
      await untilBothAreBad(ground);
    }
    const sentAt = await convert(log, [well], perSecond, seconds);
    await tiktok.untilAccepted(sentAt.size);
    const { accepted } = await tiktok.check([...sentAt.keys()]);
    const acceptedAt = new Map(accepted.map(([eventId, at]) => [eventId, at]));
    p99 = quantile(
      [...sentAt].map(([{ eventId }, from]) => (acceptedAt.get(eventId) ?? Infinity) - from),
      0.99,
    );
    return [];
  });
  return p99;
}

/** @throws when one of them gets nothing sent: then nothing is measured beside it */
async function untilBothAreBad({ tiktok }: Ground): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const { failed, hanging } = await tiktok.progress();
    if (failed > 0 && hanging > 0) return;
    if (performance.now() > deadline)
      throw new Error(`${failed} requests have failed and ${hanging} hang: the bad pixels are not under way`);
    await pause(LOOK_EVERY_MS);
  }
}
