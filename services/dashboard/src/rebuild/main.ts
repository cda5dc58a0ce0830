import { parseArgs } from 'node:util';
import { ConfigError, loadConfig } from '@clickjoin/service-kit';
import { DashboardConfig } from '../config';
import { rebuild } from './rebuild';

const HELP = `Makes the dashboard's read models (clicks, joins, deliveries, overview) anew from the topics.

  node services/dashboard/dist/rebuild/main.js --dry-run   says what is there, and changes nothing
  node services/dashboard/dist/rebuild/main.js --yes       empties the read models, and reads the topics
  node services/dashboard/dist/rebuild/main.js --help      this text

It reads the environment of the dashboard. The dashboard may go on running: until the rebuild is done, it shows what
is there so far. Settings, the password, API tokens and the list of changes stay as they are. What happened before the
topics begin (they keep 30 days) does not come back: see --dry-run.
`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
/** Warnings and worse; the rest would hide the progress. */
const writeLog = (line: string): void => {
  if (/"level":(?:"(?:warn|error|fatal)"|[456]0)/.test(line)) process.stderr.write(line);
};

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { help: { type: 'boolean' }, yes: { type: 'boolean' }, 'dry-run': { type: 'boolean' } },
  });
  const dryRun = values['dry-run'] === true;
  if (values.help === true || (values.yes === true) === dryRun) {
    say(HELP);
    return values.help === true ? 0 : 2;
  }
  await rebuild(loadConfig(DashboardConfig), { dryRun, say, write: writeLog });
  return 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const isOurs =
      error instanceof ConfigError ||
      (error as { code?: unknown } | undefined)?.code?.toString().startsWith('ERR_PARSE_ARGS') === true;
    process.stderr.write(
      `${isOurs && error instanceof Error ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
    );
    process.exit(isOurs ? 2 : 1);
  },
);
