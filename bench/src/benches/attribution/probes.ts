import { setTimeout as pause } from 'node:timers/promises';
import type { ServiceProcess } from '@clickjoin/dev-stack';
import type { Reading } from '../../bench';
import { quantile } from '../../statistics';
import type { Ground, Log } from './ground';
import { Visitor } from './invented-log';
import { checkVisits, Reader, Visits } from './live';
import { attributionService } from './processes';

const STEADY_EVENTS_PER_SECOND = 2_000;
/** Enough that a missing output shows within milliseconds. */
const RESTART_EVENTS_PER_SECOND = 400;
const WARM_UP_SECONDS = 3;

/** Latency from handing a join to the publisher until its conversion is read, under a steady load. */
export async function steady(ground: Ground, seconds: number): Promise<readonly Reading[]> {
  return onOwnLog(ground, {}, async (log, reader) => {
    const visits = new Visits(log, STEADY_EVENTS_PER_SECOND);
    const from = performance.now() + WARM_UP_SECONDS * 1_000;
    visits.start();
    await pause((WARM_UP_SECONDS + seconds) * 1_000);
    await visits.stop();
    await reader.until([...visits.sentAt.keys()]);
    checkVisits(visits, reader);
    const latenciesMs = [...visits.sentAt]
      .filter(([, sentAt]) => sentAt >= from)
      .map(([joinId, sentAt]) => (reader.readAt.get(joinId) ?? Infinity) - sentAt);
    return [
      { name: 'p50 at 2,000 events/s', unit: 'ms', value: quantile(latenciesMs, 0.5), atMost: 50 },
      { name: 'p99 at 2,000 events/s', unit: 'ms', value: quantile(latenciesMs, 0.99), atMost: 150 },
    ];
  });
}

/** The silence between the last output of one process and the first of the next, with visitors all the while. */
export async function restarted(ground: Ground, how: 'kill -9' | 'SIGTERM'): Promise<readonly Reading[]> {
  return onOwnLog(ground, {}, async (log, reader, service) => {
    const visits = new Visits(log, RESTART_EVENTS_PER_SECOND);
    visits.start();
    await pause(WARM_UP_SECONDS * 1_000);
    const endedAt = performance.now();
    if (how === 'kill -9') await service.kill('SIGKILL');
    else await service.stop();
    await service.start();
    await pause(2_000);
    await visits.stop();
    await reader.until([...visits.sentAt.keys()]);
    checkVisits(visits, reader);
    const silenceMs = Math.max(
      ...reader.news
        .map((at, index) => at - (reader.news[index - 1] ?? at))
        .filter((_, index) => (reader.news[index] ?? 0) > endedAt),
    );
    const atMost = how === 'kill -9' ? 6.5 : 2;
    return [{ name: `first output after ${how} and restart`, unit: 's', value: silenceMs / 1_000, atMost }];
  });
}

/** How long after its grace a join without click becomes organic when nothing else is written. */
export async function closing(ground: Ground): Promise<readonly Reading[]> {
  const graceMs = 3_000;
  return onOwnLog(ground, { graceMs }, async (log, reader) => {
    const lateMs: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      const visitor = new Visitor(n, log.prefix, 'by an unknown link');
      const sentAt = performance.now();
      await log.publisher.publish(visitor.join());
      await reader.until([visitor.joinId]);
      lateMs.push((reader.readAt.get(visitor.joinId) ?? Infinity) - sentAt - graceMs);
    }
    const value = Math.max(...lateMs) / 1_000;
    return [{ name: 'join closed after its grace, silent topics, worst of 3', unit: 's', value, atMost: 1 }];
  });
}

async function onOwnLog(
  ground: Ground,
  options: { graceMs?: number },
  work: (log: Log, reader: Reader, service: ServiceProcess) => Promise<readonly Reading[]>,
): Promise<readonly Reading[]> {
  const log = await ground.openLog();
  const service = await attributionService(ground, log, { graceMs: 60_000, ...options });
  const reader = await Reader.open(log);
  try {
    await service.start();
    return await work(log, reader, service);
  } finally {
    await service.stop();
    await reader.close();
    await log.close();
  }
}
