import type { Bench, Load } from './bench';
import { type Environment, environmentLine } from './environment';
import type { Result } from './run-rounds';

export interface Report {
  readonly bench: string;
  readonly unit: string;
  readonly rounds: number;
  readonly load: Load;
  readonly environment: Environment;
  readonly results: readonly Result[];
}

/** For people: what was measured, where, and a table. */
export function formatReport({ bench, unit, rounds, load, environment, results }: Report): string {
  const details = Object.keys(results[0]?.details ?? {});
  const rows = [
    ['', `${unit} (median)`, 'lowest', 'highest', ...details, 'ours is'],
    ...results.map(({ name, median, samples, details: own, ratioOfOurs }, index) => [
      name,
      figure(median),
      figure(Math.min(...samples.map(({ value }) => value))),
      figure(Math.max(...samples.map(({ value }) => value))),
      ...details.map((detail) => figure(own[detail] ?? 0)),
      index === 0 ? '' : `${ratioOfOurs.toFixed(2)} ×`,
    ]),
  ];
  const loadText = Object.entries(load).map(([name, value]) => `${name} ${String(value)}`);
  return [
    `${bench}: ${rounds} rounds, ${loadText.join(', ')}`,
    environmentLine(environment),
    '',
    ...table(rows),
    '',
  ].join('\n');
}

export const reportOf = (
  bench: Bench,
  rounds: number,
  load: Load,
  environment: Environment,
  results: readonly Result[],
): Report => ({ bench: bench.name, unit: bench.unit, rounds, load, environment, results });

const figure = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
