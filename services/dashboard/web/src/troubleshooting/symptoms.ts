import type { Overview } from '../overview/overview-query';

export const SYMPTOMS = ['not-matching', 'low-match-rate', 'duplicates'] as const;
export type Symptom = (typeof SYMPTOMS)[number];

/** Fewer say nothing: three of five joins being organic is chance. */
const ENOUGH = 10;

type Figures = Pick<Overview, 'totals' | 'matchLevels'>;

/**
 * What the figures show to be wrong, so that the help stands next to it. Duplicates don't show in them: TikTok's own
 * count does, which only people see.
 */
export function symptomsIn({ totals, matchLevels }: Figures): readonly Symptom[] {
  const { clicks, attributed, organic } = totals;
  const isNotMatching = clicks >= ENOUGH && attributed + organic >= ENOUGH && organic > attributed;
  const rated = matchLevels.reduce((sum, { count }) => sum + count, 0);
  const high = matchLevels.find(({ level }) => level === 'high')?.count ?? 0;
  const isLow = rated >= ENOUGH && high < rated / 2;
  return [
    ...(isNotMatching ? (['not-matching'] as const) : []),
    ...(isLow ? (['low-match-rate'] as const) : []),
  ];
}
