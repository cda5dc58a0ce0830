import type { Bench, Load } from './bench';
import { type Environment, environmentLine } from './environment';
import type { ReadingResult, Result } from './run-rounds';

export interface Report {
  readonly bench: string;
  readonly unit: string;
  readonly rounds: number;
  readonly load: Load;
  readonly environment: Environment;
  readonly results: readonly Result[];
  readonly readings: readonly ReadingResult[];
}

/** For people: what was measured, where, and a table. */
export function formatReport({ bench, unit, rounds, load, environment, results, readings }: Report): string {
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
    ...(results.length === 0 ? [] : [...table(rows), '']),
    ...(readings.length === 0 ? [] : [...table(readingRows(readings)), '']),
  ].join('\n');
}

export const reportOf = (
  bench: Bench,
  rounds: number,
  load: Load,
  environment: Environment,
  results: readonly Result[],
  readings: readonly ReadingResult[] = [],
): Report => ({ bench: bench.name, unit: bench.unit, rounds, load, environment, results, readings });

const readingRows = (readings: readonly ReadingResult[]): string[][] => [
  ['', 'median', 'lowest', 'highest', 'at most', 'unit'],
  ...readings.map(({ name, unit, values, median, atMost }) => [
    name,
    figure(median),
    figure(Math.min(...values)),
    figure(Math.max(...values)),
    atMost === undefined ? '' : figure(atMost),
    unit,
  ]),
];

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
