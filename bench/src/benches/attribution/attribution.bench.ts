import type { Arena, Bench, Contender, Load, Probe, Sample } from '../../bench';
import { catchUp } from './catch-up';
import { copyOf, dropDatabase, fillTable } from './filled-table';
import { Ground } from './ground';
import { closing, restarted, steady } from './probes';
import { attributionService, peer } from './processes';

const EVENTS = 400_000;
const QUICK_EVENTS = 20_000;
/** A rate does not depend on how long it lasts, and the peer would take half an hour a round. */
const PEER_SHARE = 20;

const sizes = ({ events, quick }: Load) =>
  quick
    ? { events: events ?? QUICK_EVENTS, filledClicks: 100_000, steadySeconds: 5 }
    : { events: events ?? EVENTS, filledClicks: 3_000_000, steadySeconds: 60 };

/**
 * The attribution-service as a process, against a peer that does one transaction for each event. A backlog of half
 * clicks and half joins, 80 % of them with a click, lies in Kafka; measured until the last conversion is in Kafka.
 * Broker, database, load and process share the machine. The books are checked after each run.
 */
export const attributionBench: Bench = {
  name: 'attribution',
  summary:
    'catching up, latency, restarts and memory of the attribution-service; peer: a transaction for each event',
  unit: 'events/s',
  open,
};

async function open(load: Load): Promise<Arena> {
  const { events, filledClicks, steadySeconds } = sizes(load);
  const ground = await Ground.start();
  const backlog = await ground.openBacklog(events);
  const short = await ground.openBacklog(Math.ceil(events / PEER_SHARE));
  let latest: Sample | undefined;

  const ours: Contender = {
    name: 'attribution-service',
    run: async () => {
      latest = await catchUp(ground, backlog, await attributionService(ground, backlog.log), true);
      return latest;
    },
  };
  const onePerEvent: Contender = {
    name: 'a transaction for each event',
    run: async () => catchUp(ground, short, await peer(ground, short.log), false),
  };

  let filled: string | undefined;
  const onFilledTable: Probe = {
    name: `catching up with ${filledClicks} clicks in the table`,
    run: async () => {
      filled ??= await fillTable(ground, filledClicks);
      const databasePrefix = await copyOf(ground, filled);
      try {
        const service = await attributionService(ground, backlog.log, { databasePrefix });
        const { value } = await catchUp(ground, backlog, service, true);
        const slower = 100 * (1 - value / (latest?.value ?? NaN));
        return [
          { name: 'catching up, table filled', unit: 'events/s', value },
          { name: 'slower than with an empty table', unit: '%', value: slower, atMost: 10 },
        ];
      } finally {
        await dropDatabase(ground, databasePrefix);
      }
    },
  };
  const memory: Probe = {
    name: 'memory under backlog',
    run: () => {
      const value = latest?.details['peak RSS MB'] ?? NaN;
      return Promise.resolve([{ name: 'peak RSS under backlog', unit: 'MB', value, atMost: 200 }]);
    },
  };
  return {
    contenders: [ours, onePerEvent],
    probes: [
      memory,
      onFilledTable,
      { name: 'steady load', run: () => steady(ground, steadySeconds) },
      { name: 'kill -9', run: () => restarted(ground, 'kill -9') },
      { name: 'SIGTERM', run: () => restarted(ground, 'SIGTERM') },
      { name: 'silent topics', run: () => closing(ground) },
    ],
    close: async () => {
      await backlog.log.close();
      await short.log.close();
      await ground.stop();
    },
  };
}
