import type { NotCompared } from './comparison';
import type { Rebuilt } from './rebuild';

const EXPLAINED: Record<NotCompared, string> = {
  'log-gone': 'the log no longer reaches back to all that may have decided them',
  'person-erased': 'of persons who were erased',
  'too-fresh': 'still waiting, or so fresh that their event may be on the way',
};

export const isProved = ({ comparison }: Rebuilt): boolean => comparison.differenceCount === 0;

/** For people. */
export function reportOf(rebuilt: Rebuilt): string {
  const { replay, comparison, seconds } = rebuilt;
  const { clicks, botStarts, joins, invalid, reachesBackTo } = replay;
  const lines = [
    `Replayed ${figure(clicks)} clicks, ${figure(botStarts)} bot starts and ${figure(joins)} reports of joins in ${seconds.toFixed(1)} s.`,
  ];
  if (invalid > 0)
    lines.push(`${figure(invalid)} records break their contract and were left out, as the service does.`);
  if (reachesBackTo !== undefined)
    lines.push(
      `Retention has deleted the beginning: the log is whole from ${new Date(reachesBackTo).toISOString()} on.`,
    );
  lines.push('');
  for (const [topic, { same, different, onlyInTopic, onlyInReplay, repeats }] of comparison.outputs) {
    lines.push(
      `${topic}: ${figure(same)} the same, ${figure(different)} different, ${figure(onlyInTopic)} only in the topic, ${figure(onlyInReplay)} only in the replay` +
        (repeats > 0 ? ` (${figure(repeats)} published again, with the same bytes)` : ''),
    );
  }
  for (const [why, count] of Object.entries(comparison.notCompared) as [NotCompared, number][]) {
    if (count > 0) lines.push(`${figure(count)} decisions were not compared: ${EXPLAINED[why]}.`);
  }
  if (comparison.differences.length > 0) {
    lines.push(
      '',
      `The first of ${figure(comparison.differenceCount)} differences:`,
      ...comparison.differences,
    );
  }
  lines.push(
    '',
    isProved(rebuilt) ? 'The replay decides the same, byte for byte.' : 'The replay decides otherwise.',
  );
  return `${lines.join('\n')}\n`;
}

const figure = (count: number): string => count.toLocaleString('en-US');
