import { Link } from '@tanstack/react-router';
import { IconChevronRight } from '@tabler/icons-react';
import { useSearch } from '@tanstack/react-router';
import { count, share } from '../display/format';
import { useSiteId } from '../sites/sites-query';
import classes from './funnel.module.css';
import type { Overview } from './overview-query';

/** Clicks → joins → attributed → accepted; a click shows the rows behind a figure. */
export function Funnel({ overview: { totals } }: { overview: Overview }) {
  const siteId = useSiteId();
  const period = useSearch({ from: '/sites/$siteId/overview' });
  const { clicks, clicksWithTtclid, joins, attributed, organic, waiting, accepted } = totals;
  const params = { siteId };
  return (
    <ol className={classes['funnel']} aria-label="Funnel">
      <li>
        <div className={classes['stage']}>
          <Figure name="Clicks" number={clicks} note={`${share(clicksWithTtclid, clicks)} with ttclid`} />
        </div>
      </li>
      <li>
        <Arrow />
        <Link to="/sites/$siteId/joins" params={params} search={period} className={classes['stage'] ?? ''}>
          <Figure
            name="Joins"
            number={joins}
            note={`${count(organic)} organic${waiting === 0 ? '' : `, ${count(waiting)} deciding`}`}
          />
        </Link>
      </li>
      <li>
        <Arrow />
        <Link
          to="/sites/$siteId/joins"
          params={params}
          search={{ ...period, outcome: 'attributed' }}
          className={classes['stage'] ?? ''}
        >
          <Figure name="Attributed" number={attributed} note={`${share(attributed, joins)} of joins`} />
        </Link>
      </li>
      <li>
        <Arrow />
        <Link
          to="/sites/$siteId/deliveries"
          params={params}
          search={{ ...period, state: 'accepted' }}
          className={classes['stage'] ?? ''}
        >
          <Figure
            name="Accepted by TikTok"
            number={accepted}
            note={`${share(accepted, attributed)} of attributed`}
          />
        </Link>
      </li>
    </ol>
  );
}

const Arrow = () => <IconChevronRight size={18} className={classes['arrow']} aria-hidden />;

const Figure = ({ name, number, note }: { name: string; number: number; note: string }) => (
  <>
    <span className={classes['name']}>{name}</span>
    <span className={classes['number']}>{count(number)}</span>
    <span className={classes['note']}>{note}</span>
  </>
);
