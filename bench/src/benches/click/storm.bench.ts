import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { topics } from '@clickjoin/contracts';
import type { Arena, Bench, Load, Sample } from '../../bench';
import { startOurs } from './click.bench';
import { openLanes } from './http-lane';
import { BenchInstallation } from './installation';
import { asFastAsItGoes, type LoadResult } from './load';
import { clickCall, redirectCall } from './requests';

const CALM_CONNECTIONS = 64;
/** Each asks again as soon as it is answered: far more than one instance can keep. */
const STORM_CONNECTIONS = 3_000;
const MAX_IN_FLIGHT = 1_000;
const CLICKS_TOPIC = topics.clickCaptured.name;
/** What a storm may be answered with: kept, led on, or asked to come again. */
const CORRECT = new Set([202, 302, 503]);

/**
 * Many more visitors and callers at once than an instance can keep, half by the link and half by the API: what is
 * answered, what it costs in memory, and how it goes on the moment it is over. No peers: the others have no such limit.
 */
export const clickStormBench: Bench = {
  name: 'click-storm',
  summary: 'one click-service under a storm: answers, memory, and the moment after',
  unit: 'answers/s in the storm',
  open,
};

async function open({ quick = false }: Load): Promise<Arena> {
  const seconds = quick ? 3 : 15;
  const installation = await BenchInstallation.start();
  return {
    contenders: [{ name: 'this service', run: () => storm(installation, seconds) }],
    close: () => installation.close(),
  };
}

async function storm(installation: BenchInstallation, seconds: number): Promise<Sample> {
  const { process: service, port } = await startOurs(installation, 3 * seconds * 20_000, {
    MAX_IN_FLIGHT: String(MAX_IN_FLIGHT),
  });
  try {
    const before = await installation.recordsIn(CLICKS_TOPIC);
    const phases: LoadResult[] = [];
    const phase = async (connections: number): Promise<LoadResult> => {
      const lanes = await openLanes(port, connections);
      let sent = 0;
      const result = await asFastAsItGoes(lanes, seconds, () =>
        sent++ % 2 === 0 ? clickCall() : redirectCall(),
      );
      for (const lane of lanes) lane.close();
      phases.push(result);
      return result;
    };
    const calm = await phase(CALM_CONNECTIONS);
    const calmMb = residentMb(service.pid);
    const wild = await phase(STORM_CONNECTIONS);
    const wildMb = residentMb(service.pid);
    const after = await phase(CALM_CONNECTIONS);

    const wrong = phases.flatMap(({ statuses }) =>
      [...statuses.keys()].filter((status) => !CORRECT.has(status)),
    );
    if (wrong.length > 0) throw new Error(`answers with ${wrong.join(', ')}`);
    if (after.statuses.has(503)) throw new Error('calls were still refused after the storm');
    const [uncounted, spooled, lost] = await Promise.all([
      // Led on by the shared link, and not counted.
      metricOf(port, 'clickjoin_click_visits_total', 'kind="shed"'),
      metricOf(port, 'clickjoin_click_recorded_total', 'where="spool"'),
      metricOf(port, 'clickjoin_click_recorded_total', 'where="lost"'),
    ]);
    if (lost > 0) throw new Error(`${lost} clicks were lost`);
    const safe = count(phases, 202) + count(phases, 302) - uncounted;
    let written = 0;
    for (let tries = 0; tries < 60 && written < safe; tries += 1) {
      if (tries > 0) await pause(500);
      written = (await installation.recordsIn(CLICKS_TOPIC)) - before;
    }
    // What Kafka acknowledged too late is in the spool as well, and comes into the topic a second time under its id.
    if (written < safe || written > safe + spooled) {
      throw new Error(
        `${written} records for ${safe} answers that say they are safe, ${spooled} by the spool`,
      );
    }
    return {
      value: wild.perSecond,
      details: {
        'calm/s': calm.perSecond,
        'after/s': after.perSecond,
        'p99 ms in it': wild.p99Ms,
        'p99 ms after': after.p99Ms,
        'calm MB': calmMb,
        'storm MB': wildMb,
        '503': count([wild], 503),
        'shared link': uncounted,
        spooled,
      },
    };
  } finally {
    await service.stop();
  }
}

const count = (phases: readonly LoadResult[], status: number): number =>
  phases.reduce((sum, { statuses }) => sum + (statuses.get(status) ?? 0), 0);

/** Linux only, as the rest of the figures. */
function residentMb(pid: number | undefined): number {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid ?? 0}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1_024;
}

async function metricOf(port: number, name: string, label: string): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(new RegExp(`${name}\\{${label}[^}]*\\} (\\d+)`).exec(metrics)?.[1] ?? 0);
}
