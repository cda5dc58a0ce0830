import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { topics } from '@clickjoin/contracts';
import type { Arena, Bench, Load, Probe, Sample } from '../../bench';
import { closeLanes, openLanes, type HttpLane } from '../http/http-lane';
import { asFastAsItGoes, flood, type LoadResult } from '../http/load';
import { startOurs } from './click.bench';
import { BenchInstallation } from './installation';
import { clickCall, redirectCall } from './requests';

const CALM_CONNECTIONS = 64;
/** So many times the rate that the same instance has just answered. */
const STORM_TIMES = 10;
/** Three times what one instance may have in hand. */
const STORM_CONNECTIONS = 3_000;
const MAX_IN_FLIGHT = 1_000;
const [CALM, AFTER, STORM_MB] = ['calm/s', 'after/s', 'storm MB'] as const;
/** Of resident memory, at its highest. */
const MOST_MB = 512;
/** Of the rate before. */
const LEAST_AFTERWARDS = 0.9;
const CLICKS_TOPIC = topics.clickCaptured.name;
/** What a storm may be answered with: kept, led on, or asked to come again. */
const CORRECT = new Set([202, 302, 503]);

/**
 * Ten times as many visitors and callers as an instance can answer, half by the link and half by the API: what is
 * answered, what it costs in memory, and how it goes on the moment it is over. No peers: the others have no such limit.
 * Wrong answers and lost clicks end the bench; memory and recovery are readings beside what they are meant to be.
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
  let latest: Sample | undefined;
  const run = async (): Promise<Sample> => (latest = await storm(installation, seconds));
  return {
    contenders: [{ name: 'this service', run }],
    probes: [limits(() => latest?.details ?? {})],
    close: () => installation.close(),
  };
}

async function storm(installation: BenchInstallation, seconds: number): Promise<Sample> {
  const { process: service, port } = await startOurs(installation, 4 * seconds * 20_000, {
    MAX_IN_FLIGHT: String(MAX_IN_FLIGHT),
  });
  try {
    const before = await installation.recordsIn(CLICKS_TOPIC);
    const phases: LoadResult[] = [];
    let sent = 0;
    const next = (): Buffer => (sent++ % 2 === 0 ? clickCall() : redirectCall());
    const phase = async (
      connections: number,
      load: (lanes: readonly HttpLane[]) => Promise<LoadResult>,
    ): Promise<LoadResult> => {
      const lanes = await openLanes(port, connections);
      const result = await load(lanes);
      closeLanes(lanes);
      phases.push(result);
      return result;
    };
    const calmPhase = (forSeconds = seconds) =>
      phase(CALM_CONNECTIONS, (lanes) => asFastAsItGoes(lanes, forSeconds, next));
    // Else the rate before would be that of a process which has just been started.
    await calmPhase(Math.ceil(seconds / 5));
    const calm = await calmPhase();
    const calmMb = memoryMb(service.pid, 'VmRSS');
    const wild = await phase(STORM_CONNECTIONS, (lanes) =>
      flood(lanes, seconds, STORM_TIMES * calm.perSecond, next),
    );
    const wildMb = memoryMb(service.pid, 'VmHWM');
    const after = await calmPhase();

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
        [CALM]: calm.perSecond,
        [AFTER]: after.perSecond,
        'p99 ms in it': wild.p99Ms,
        'p99 ms after': after.p99Ms,
        'calm MB': calmMb,
        [STORM_MB]: wildMb,
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

/** How the round went against what it is meant to be. */
const limits = (details: () => Sample['details']): Probe => ({
  name: 'limits',
  run: () => {
    const { [CALM]: calm = NaN, [AFTER]: after = NaN, [STORM_MB]: megabytes = NaN } = details();
    return Promise.resolve([
      { name: 'memory in the storm, highest', unit: 'MB', value: megabytes, atMost: MOST_MB },
      {
        name: 'rate right after it, of the calm one',
        unit: `× (goal: at least ${LEAST_AFTERWARDS})`,
        value: after / calm,
      },
    ]);
  },
});

/** Resident, now or at its highest. Linux only, as the rest of the figures. */
function memoryMb(pid: number | undefined, which: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid ?? 0}/status`, 'utf8');
  const [, kilobytes = '0'] = new RegExp(`${which}:\\s+(\\d+)`).exec(status) ?? [];
  return Number(kilobytes) / 1_024;
}

async function metricOf(port: number, name: string, label: string): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(new RegExp(`${name}\\{${label}[^}]*\\} (\\d+)`).exec(metrics)?.[1] ?? 0);
}
