import { useQuery } from '@tanstack/react-query';
import { UnstyledButton } from '@mantine/core';
import { count } from '../display/format';
import { useNow } from '../display/moment';
import { StatePill } from '../display/state-pill';
import { DELIVERY_STATES, type DeliveryState } from '../display/words';
import { overviewQuery } from '../overview/overview-query';
import { useSiteId } from '../sites/sites-query';
import type { DeliveriesSearch } from './deliveries-search';
import classes from './state-tabs.module.css';

interface StateTabsProps {
  readonly search: DeliveriesSearch;
  readonly value: DeliveryState | undefined;
  readonly onChange: (state: DeliveryState | undefined) => void;
}

/** How many are in which state in the period; a click shows them. */
export function StateTabs({ search, value, onChange }: StateTabsProps) {
  const { data } = useQuery(overviewQuery(useSiteId(), search, useNow()));
  const counts = new Map(data?.deliveryStates.map(({ state, count: number }) => [state, number]));
  const shown = (Object.keys(DELIVERY_STATES) as DeliveryState[]).filter(
    (state) => state === 'accepted' || state === value || (counts.get(state) ?? 0) > 0,
  );
  return (
    <div className={classes['tabs']}>
      {shown.map((state) => (
        <UnstyledButton
          key={state}
          className={classes['tab'] ?? ''}
          aria-pressed={state === value}
          onClick={() => onChange(state === value ? undefined : state)}
        >
          <StatePill word={DELIVERY_STATES[state]} />
          <span className={classes['count']}>{count(counts.get(state) ?? 0)}</span>
        </UnstyledButton>
      ))}
    </div>
  );
}
