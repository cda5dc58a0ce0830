import type { Arena, Bench, Contender, Load } from '../../bench';
import { Ground } from './ground';
import { neighbours, outage, rateLimit, steady } from './probes';
import { dispatcher, peer, type Settings } from './processes';
import { workOff, type Worker } from './throughput';

const CONVERSIONS = 50_000;
const QUICK_CONVERSIONS = 2_000;
/** A rate does not depend on how long it lasts. */
const ALONE_SHARE = 5;

const sizes = ({ conversions, quick, outageMinutes = 10, outageSeconds }: Load) =>
  quick
    ? {
        conversions: conversions ?? QUICK_CONVERSIONS,
        steadySeconds: 5,
        limitSeconds: 4,
        outage: { minutes: outageMinutes, perMinute: 120, awaySeconds: outageSeconds ?? 5 },
      }
    : {
        conversions: conversions ?? CONVERSIONS,
        steadySeconds: 30,
        limitSeconds: 15,
        outage: { minutes: outageMinutes, perMinute: 1_200, awaySeconds: outageSeconds ?? 20 },
      };

/** As the service is: 64 requests at a time, 16 for a pixel. Its limit for a token is out of reach of 16 at 50 ms. */
const OURS: Settings = { RETRY_BASE_MS: '50', MAX_REQUESTS_PER_SECOND: '1000' };
/** What graphile-worker went fastest with on two cores, of 32, 64, 128 and 256 jobs, and 8 to 32 connections. */
const PEER: Settings = { RETRY_BASE_MS: '50', PEER_JOBS: '64', PEER_CONNECTIONS: '16' };
/**
 * The tiktok-dispatcher as a process against graphile-worker with the same log, database and TikTok, which answers after
 * 50 ms and fails a fifth of the requests with HTTP 200. Ours puts what queues up into batches; how it does with one
 * event in each request, as the peer has it and with as many at a time, stands beside it. The books are checked after each run.
 */
export const dispatchBench: Bench = {
  name: 'dispatch',
  summary:
    'deliveries to TikTok, rate limit, outage and latency; peer: graphile-worker, a job for each conversion',
  unit: 'deliveries/s',
  open,
};

async function open(load: Load): Promise<Arena> {
  const { conversions, steadySeconds, limitSeconds, outage: away } = sizes(load);
  const ground = await Ground.start();
  const contender = (name: string, count: number, worker: Worker): Contender => ({
    name,
    run: () => workOff(ground, count, worker),
  });
  return {
    contenders: [
      contender('tiktok-dispatcher', conversions, {
        settings: OURS,
        travelsAlone: false,
        start: dispatcher,
      }),
      contender('graphile-worker', conversions, { settings: PEER, travelsAlone: true, start: peer }),
      contender('tiktok-dispatcher, a request each', Math.ceil(conversions / ALONE_SHARE), {
        settings: OURS,
        travelsAlone: true,
        start: dispatcher,
      }),
    ],
    probes: [
      { name: 'rate limit', run: () => rateLimit(ground, limitSeconds) },
      { name: 'steady load', run: () => steady(ground, 100, steadySeconds) },
      { name: 'bad neighbours', run: () => neighbours(ground, 50, steadySeconds) },
      { name: 'outage', run: () => outage(ground, away) },
    ],
    close: () => ground.stop(),
  };
}
