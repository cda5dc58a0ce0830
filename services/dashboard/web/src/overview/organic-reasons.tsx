import { Group, Paper, Text, Title } from '@mantine/core';
import { Link, useSearch } from '@tanstack/react-router';
import { count, share } from '../display/format';
import { useSiteId } from '../sites/sites-query';
import classes from './organic-reasons.module.css';
import type { Overview } from './overview-query';

/** Attributed against organic, and why organic; a click shows the joins. */
export function OrganicReasons({ overview: { totals, organicReasons } }: { overview: Overview }) {
  const siteId = useSiteId();
  const period = useSearch({ from: '/sites/$siteId/overview' });
  const { attributed, organic } = totals;
  const decided = attributed + organic;
  const most = Math.max(1, ...organicReasons.map(({ count: number }) => number));
  return (
    <Paper component="section" aria-label="Attributed and organic">
      <Group justify="space-between" align="baseline" mb="md">
        <Title order={2}>Attributed or organic</Title>
        <Text size="sm" c="dimmed">
          {share(attributed, decided)} attributed
        </Text>
      </Group>
      {organicReasons.length === 0 ? (
        <Text size="sm" c="dimmed">
          No organic joins in this period.
        </Text>
      ) : (
        <ul className={classes['reasons']}>
          {organicReasons.map(({ reason, title, count: number }) => (
            <li key={reason}>
              <Link
                to="/sites/$siteId/joins"
                params={{ siteId }}
                search={{ ...period, outcome: 'organic', reason }}
                className={classes['reason'] ?? ''}
              >
                <span>{title}</span>
                <span className={classes['number']}>{count(number)}</span>
                <span className={classes['track']} aria-hidden>
                  <span style={{ width: `${(100 * number) / most}%` }} />
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Paper>
  );
}
