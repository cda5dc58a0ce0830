import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { report } from './demo/books/report';
import { ProgressLine } from './demo/progress-line';
import { type DemoSystem, runDemo, startDemoSystem } from './demo/run-demo';
import { explainDisk } from './infra/cannot-start';
import { consoleLog } from './stack/console-log';
import { runCommand } from './stack/run-command';
import { stopRequested } from './stack/stop-signals';

interface Flags {
  readonly once: boolean;
  readonly visitors: number;
  readonly rate: number;
  readonly seed: number;
  readonly faults: boolean;
  readonly graceMs: number;
  readonly json?: string;
  readonly verbose: boolean;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function demo(flags: Flags): Promise<number> {
  const { env } = process;
  const startedAt = Date.now();
  const stop = stopRequested();
  say('starting Kafka, PostgreSQL, the services and the stand-ins for Telegram and TikTok');
  const starting = startDemoSystem({
    graceMs: flags.graceMs,
    externalBrokers: env.KAFKA_BROKERS,
    externalDatabaseUrl: env.DATABASE_URL,
    onLog: consoleLog({ verbose: flags.verbose }),
  });
  const running = await Promise.race([starting, stop]);
  // Stopped while starting: the reaper ends what has been started.
  if (typeof running === 'string') return 130;
  try {
    const outcome = await Promise.race([show(running, flags, startedAt), stop]);
    if (typeof outcome === 'string') return 130;
    if (flags.once) return outcome;
    tellWhereToLook(running);
    await stop;
    return outcome;
  } finally {
    say('\nstopping');
    await running.stop();
  }
}

async function show(running: DemoSystem, flags: Flags, startedAt: number): Promise<number> {
  say(`started in ${((Date.now() - startedAt) / 1_000).toFixed(1)} s`);
  const progress = new ProgressLine(process.stdout);
  const { books } = await runDemo(running, {
    visitors: flags.visitors,
    visitorsPerSecond: flags.rate,
    seed: flags.seed,
    faults: flags.faults,
    onProgress: (now) => progress.show(now),
  });
  progress.end();
  say(report(books));
  if (flags.json !== undefined) await writeJson(flags.json, { seed: flags.seed, ...books });
  return books.balanced ? 0 : 1;
}

async function writeJson(file: string, content: object): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(content, null, 2)}\n`);
  } catch (error) {
    throw explainDisk(error, file);
  }
}

function tellWhereToLook({ system, sandbox, adminPassword }: DemoSystem): void {
  say('Everything keeps running. Where to look:');
  const dashboard = system.services.dashboard.url;
  say(`  dashboard    ${dashboard}   password: ${adminPassword}`);
  say('               Its pages are still to come; by REST:');
  say(
    `               curl -c jar -H 'content-type: application/json' -d '{"password":"${adminPassword}"}' ${dashboard}/v1/session`,
  );
  say(
    `               curl -b jar ${dashboard}/v1/summary        (also /v1/joins, /v1/deliveries, /v1/openapi.json)`,
  );
  say(`  a click      ${system.services['click-service'].url}/c/members?ttclid=E.C.P.try-it`);
  say(`  sandbox      ${sandbox.url}/control/tiktok/events`);
  say(`  Kafka        ${system.infrastructure.brokers}`);
  say(`  PostgreSQL   ${system.infrastructure.databaseUrl}`);
  say('\nCtrl-C stops everything.');
}

function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isSafeInteger(number) && number >= least) return number;
    throw new InvalidArgumentError(`It must be a whole number, ${least} or more.`);
  };
}

new Command('npm run demo --')
  .description(
    'Runs the whole system on throwaway data, with stand-ins for Telegram and TikTok, and sends visitors through.\n' +
      'KAFKA_BROKERS and DATABASE_URL, where set, are used instead of starting a broker and a server.',
  )
  .option('--once', 'end after the visitors: exit code 0 if the books balance, 1 if not', false)
  .option('--visitors <number>', 'how many come', wholeNumber(1), 200)
  .option('--rate <number>', 'how many come in a second', wholeNumber(1), 25)
  .option('--faults', 'TikTok loses 5 % of its answers and refuses 5 %, Telegram delivers again', false)
  .option('--grace-ms <ms>', 'how long a join waits for its click', wholeNumber(0), 3_000)
  .option('--seed <number>', 'the same seed brings the same visitors', wholeNumber(0), 1)
  .option('--json <file>', 'write figures and checks to a file')
  .option('--verbose', 'show all log lines of the services', false)
  .action((flags: Flags) => runCommand(() => demo(flags)))
  .parse();
