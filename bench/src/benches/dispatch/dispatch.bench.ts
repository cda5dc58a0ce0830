import type { Arena, Bench, Contender, Load, Probe } from '../../bench';
import { Ground } from './ground';
import { neighbours } from './neighbours';
import { outage } from './outage';
import { rateLimit, steady } from './probes';
import { dispatcher, peer, type Settings } from './processes';
import { workOff, type Worker } from './throughput';

/** The parts, by the names that `--parts` takes. */
const PARTS = ['batched', 'peer', 'alone', 'rate-limit', 'steady', 'neighbours', 'outage'] as const;
type Part = (typeof PARTS)[number];

/** The size; with `--quick`, or fewer conversions than that, everything is shorter. */
const FULL = {
  conversions: 50_000,
  aloneConversions: 5_000,
  steadySeconds: 30,
  limitSeconds: 15,
  neighbourSeconds: 20,
  outage: { seconds: 600, perSecond: 100 },
};
const QUICK: typeof FULL = {
  conversions: 2_000,
  aloneConversions: 1_000,
  steadySeconds: 5,
  limitSeconds: 4,
  neighbourSeconds: 5,
  outage: { seconds: 20, perSecond: 100 },
};
/** What does not count need not be large: each process warms itself up besides. */
const WARM_UP_CONVERSIONS = 1_000;

function sizesOf({ quick, conversions, aloneConversions, outageSeconds, outageRate }: Load): typeof FULL {
  const isSmall = quick === true || (conversions ?? FULL.conversions) < FULL.conversions / 10;
  const sizes = isSmall ? QUICK : FULL;
  const count = conversions ?? sizes.conversions;
  return {
    ...sizes,
    conversions: count,
    // A rate does not depend on how long it lasts.
    aloneConversions: aloneConversions ?? Math.min(count, sizes.aloneConversions),
    outage: {
      seconds: outageSeconds ?? sizes.outage.seconds,
      perSecond: outageRate ?? sizes.outage.perSecond,
    },
  };
}

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

/** @throws Error for a part that there isn't */
function chosen(names: readonly string[]): (part: Part) => boolean {
  const unknown = names.find((name) => !PARTS.some((part) => part === name));
  if (unknown !== undefined)
    throw new Error(`dispatch has no part "${unknown}"; it has: ${PARTS.join(', ')}`);
  return (part) => names.includes(part);
}

async function open(load: Load): Promise<Arena> {
  const isChosen = chosen(load.parts ?? PARTS);
  const { conversions, aloneConversions, steadySeconds, limitSeconds, neighbourSeconds, ...sizes } =
    sizesOf(load);
  const ground = await Ground.start();
  const contender = (part: Part, name: string, count: number, worker: Worker): [Part, Contender] => [
    part,
    {
      name: `${name}, ${count.toLocaleString('en-US')}`,
      run: (isWarmUp) => workOff(ground, isWarmUp ? Math.min(count, WARM_UP_CONVERSIONS) : count, worker),
    },
  ];
  const contenders = [
    contender('batched', 'tiktok-dispatcher', conversions, {
      settings: OURS,
      travelsAlone: false,
      start: dispatcher,
    }),
    contender('peer', 'graphile-worker', conversions, { settings: PEER, travelsAlone: true, start: peer }),
    contender('alone', 'tiktok-dispatcher, a request each', aloneConversions, {
      settings: OURS,
      travelsAlone: true,
      start: dispatcher,
    }),
  ];
  const probes: [Part, Probe][] = [
    ['rate-limit', { name: 'rate limit', run: () => rateLimit(ground, limitSeconds) }],
    ['steady', { name: 'steady load', run: () => steady(ground, 100, steadySeconds) }],
    // In two rounds, once in each order: whatever comes first has the colder machine.
    [
      'neighbours',
      {
        name: 'bad neighbours',
        rounds: 2,
        run: (round) => neighbours(ground, 50, neighbourSeconds, round % 2 === 0),
      },
    ],
    ['outage', { name: 'outage', rounds: 1, run: () => outage(ground, sizes.outage) }],
  ];
  return {
    contenders: contenders.flatMap(([part, one]) => (isChosen(part) ? [one] : [])),
    probes: probes.flatMap(([part, one]) => (isChosen(part) ? [one] : [])),
    close: () => ground.stop(),
  };
}
