import { parseArgs } from 'node:util';
import { ConfigError } from '@clickjoin/service-kit';
import { rebuildConfig } from './config';
import { rebuild } from './rebuild';
import { isProved, reportOf } from './report';

const HELP = `Replays clicks, bot starts and joins into an empty database and proves that it comes to the same
conversions and organic joins as those in the topics, byte for byte.

  node services/attribution-service/dist/rebuild/main.js [--keep]

  --keep    leave the rebuilt database behind, and say its name

Reads the service's own environment: KAFKA_BROKERS, TOPIC_PREFIX, DATABASE_URL, DATABASE_PREFIX, GRACE_MS,
WINDOW_MS, TOLERANCE_MS. Publishes nothing, and needs nothing stopped: it reads up to where the topics
end when it starts, in a group and a database of its own, which are gone afterwards.

Exit code 0: the same. 1: not the same, or it could not be done. 130: stopped by Ctrl-C.
`;

const PROGRESS_EVERY_MS = 2_000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => stopping.abort(new Error('stopped')));
  }
  try {
    const rebuilt = await rebuild(rebuildConfig(), {
      signal: stopping.signal,
      keep: values.keep,
      onProgress: nowAndThen(),
    });
    process.stdout.write(reportOf(rebuilt));
    if (values.keep) process.stdout.write(`The rebuilt database is ${rebuilt.database}.\n`);
    return isProved(rebuilt) ? 0 : 1;
  } catch (error) {
    if (stopping.signal.aborted) {
      process.stderr.write('Stopped; the database of the rebuild is gone.\n');
      return 130;
    }
    throw error;
  }
}

function nowAndThen(): (records: number, of: number) => void {
  let saidAt = performance.now();
  return (records, of) => {
    if (performance.now() - saidAt < PROGRESS_EVERY_MS) return;
    saidAt = performance.now();
    process.stderr.write(`${records.toLocaleString('en-US')} of ${of.toLocaleString('en-US')} records\n`);
  };
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const text =
      error instanceof ConfigError ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`The rebuild failed: ${String(text)}\n`);
    process.exit(1);
  },
);
