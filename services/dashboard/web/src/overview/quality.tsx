import { Group, Paper, Text, Title } from '@mantine/core';
import { Link, useSearch } from '@tanstack/react-router';
import { count, share } from '../display/format';
import { StatePill } from '../display/state-pill';
import { DELIVERY_STATES, MATCH_LEVELS } from '../display/words';
import { useSiteId } from '../sites/sites-query';
import type { Overview } from './overview-query';
import classes from './quality.module.css';

/** V3, and what became of the deliveries. */
export function Quality({ overview: { matchLevels, deliveryStates } }: { overview: Overview }) {
  const siteId = useSiteId();
  const period = useSearch({ from: '/sites/$siteId/overview' });
  const rated = matchLevels.reduce((sum, { count: number }) => sum + number, 0);
  return (
    <Paper component="section" aria-label="Match quality and deliveries">
      <Title order={2} mb="md">
        Match quality
      </Title>
      {rated === 0 ? (
        <Text size="sm" c="dimmed">
          No attributed joins in this period.
        </Text>
      ) : (
        <ul className={classes['rows']}>
          {matchLevels.map(({ level, count: number }) => (
            <li key={level}>
              <StatePill word={MATCH_LEVELS[level]} withHint />
              <Group gap="sm" className="figures">
                <Text size="sm" c="dimmed">
                  {share(number, rated)}
                </Text>
                <Text size="sm">{count(number)}</Text>
              </Group>
            </li>
          ))}
        </ul>
      )}
      <Title order={2} mt="lg" mb="md">
        Deliveries
      </Title>
      {deliveryStates.length === 0 ? (
        <Text size="sm" c="dimmed">
          None in this period.
        </Text>
      ) : (
        <ul className={classes['rows']}>
          {deliveryStates.map(({ state, count: number }) => (
            <li key={state}>
              <Link
                to="/sites/$siteId/deliveries"
                params={{ siteId }}
                search={{ ...period, state }}
                className={classes['link'] ?? ''}
              >
                <StatePill word={DELIVERY_STATES[state]} />
                <Text size="sm" className="figures">
                  {count(number)}
                </Text>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Paper>
  );
}
