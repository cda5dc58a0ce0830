import type { Books } from './close-books';

/** The demo's result as a table for a terminal. */
export function report({ balanced, checks, figures }: Books): string {
  const { organic, joinToAcceptedMs } = figures;
  const reasons = Object.entries(organic).sort(([, a], [, b]) => b - a);
  const organicTotal = reasons.reduce((sum, [, count]) => sum + count, 0);
  const rows: [string, string | number][] = [
    ['clicks', figures.clicks],
    ['joins', figures.joins],
    ['  attributed', figures.attributed],
    ['  organic', organicTotal],
    ...reasons.map(([reason, count]): [string, number] => [`    ${reason}`, count]),
    ['accepted by TikTok', figures.accepted],
    ['rejected', figures.rejected],
    ['retried', figures.retried],
    ['duplicates dropped', figures.duplicatesDropped],
    ['updates delivered again', figures.redeliveredUpdates],
    ['join → accepted, p50', joinToAcceptedMs ? duration(joinToAcceptedMs.p50) : '–'],
    ['join → accepted, p99', joinToAcceptedMs ? duration(joinToAcceptedMs.p99) : '–'],
  ];
  const table = rows.map(([name, value]) => `  ${name.padEnd(28)}${String(value).padStart(8)}`);
  const failed = checks.filter(({ ok }) => !ok);
  const verdict = balanced
    ? [`The books balance: ${checks.length} checks, nothing lost, nothing twice.`]
    : [
        `The books do NOT balance: ${failed.length} of ${checks.length} checks failed.`,
        ...failed.flatMap(({ name, expected, actual, examples }) => [
          `  ✗ ${name}: expected ${expected}, found ${actual}`,
          ...examples.map((example) => `      ${example}`),
        ]),
      ];
  return ['', ...table, '', ...verdict, ''].join('\n');
}

function duration(ms: number): string {
  return ms < 10_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
