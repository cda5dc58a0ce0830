import { symptomsIn } from './symptoms';

const figures = (clicks: number, attributed: number, organic: number, high: number, medium: number) => ({
  totals: {
    clicks,
    attributed,
    organic,
    joins: attributed + organic,
    waiting: 0,
    accepted: attributed,
    clicksAttributable: clicks,
    clicksWithTtclid: high,
  },
  matchLevels: [
    { level: 'high' as const, count: high },
    { level: 'medium' as const, count: medium },
  ],
});

it.each([
  { name: 'all is well', given: figures(100, 40, 20, 35, 5), symptoms: [] },
  { name: 'too few joins say nothing', given: figures(100, 2, 7, 2, 0), symptoms: [] },
  { name: 'more organic than attributed', given: figures(100, 10, 20, 10, 0), symptoms: ['not-matching'] },
  // People who find the channel by themselves are no fault of the set-up.
  { name: 'organic joins without ads', given: figures(0, 0, 50, 0, 0), symptoms: [] },
  { name: 'few with ttclid', given: figures(100, 40, 20, 10, 30), symptoms: ['low-match-rate'] },
  { name: 'both', given: figures(100, 10, 20, 2, 8), symptoms: ['not-matching', 'low-match-rate'] },
])('$name', ({ given, symptoms }) => expect(symptomsIn(given)).toEqual(symptoms));
