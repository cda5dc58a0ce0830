import { writeFile } from 'node:fs/promises';
import { Logger } from '@nestjs/common';
import { Command, InvalidArgumentError } from 'commander';
import { benches } from './benches';
import type { Load } from './bench';
import { environment } from './environment';
import { formatReport, reportOf } from './report';
import { Readings, runRounds } from './run-rounds';

interface Options extends Load {
  readonly rounds: number;
  readonly json?: string;
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('must be a whole number above 0');
  return value;
}

const names = (text: string): string[] => text.split(',').map((name) => name.trim());

async function run(name: string, { rounds, json, ...load }: Options): Promise<void> {
  const bench = benches.find((one) => one.name === name);
  if (bench === undefined) {
    throw new Error(`there is no bench "${name}"; there are: ${benches.map((one) => one.name).join(', ')}`);
  }
  process.stderr.write(`${bench.name}: ${bench.summary}\n`);
  const startedAt = performance.now();
  const arena = await bench.open(load);
  try {
    const say = (text: string): boolean => process.stderr.write(`  ${text}\n`);
    const readings = new Readings();
    const results = await runRounds(
      arena.contenders,
      rounds,
      (text) => say(`${text} ${bench.unit}`),
      (round) => readings.take(arena.probes ?? [], say, round, rounds),
    );
    const report = reportOf(bench, rounds, load, environment(), results, readings.results());
    process.stdout.write(`\n${formatReport(report)}`);
    say(`took ${((performance.now() - startedAt) / 60_000).toFixed(1)} min`);
    if (json !== undefined) await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
  } finally {
    await arena.close();
  }
}

// Only what goes wrong belongs between the figures.
Logger.overrideLogger(['error']);

const list = benches.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`).join('\n');

new Command('bench')
  .description('Measures parts of the system against named peers, in the same run on the same machine.')
  .argument('<name>', 'which bench')
  .option('--rounds <n>', 'counted rounds; one more warms up', positive, 3)
  .option('--records <n>', 'records of one run', positive, 20_000)
  .option('--callers <n>', 'callers at the same time, each waiting for its answer', positive, 200)
  .option('--bytes <n>', 'size of a value', positive, 700)
  .option('--events <n>', 'events of a backlog; each bench has its own default', positive)
  .option('--conversions <n>', 'conversions to be dispatched', positive)
  .option('--alone-conversions <n>', 'of them, how many with a request for each', positive)
  .option('--outage-seconds <n>', 'how long an outage really lasts', positive)
  .option('--outage-rate <n>', 'conversions a second while it lasts', positive)
  .option('--parts <names>', 'only these parts of the bench, with commas between them', names)
  .option('--quick', 'small sizes, to see that a bench works')
  .option('--json <file>', 'also write the figures as JSON')
  .addHelpText('after', `\nBenches:\n${list}\n`)
  .action(run)
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
