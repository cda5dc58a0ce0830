import { Paper, Skeleton, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import columns from '../display/columns.module.css';
import { ButtonTo } from '../display/links';
import { useNow } from '../display/moment';
import { PageHeader } from '../display/page-header';
import { PeriodSelect } from '../display/period-select';
import { useSiteId } from '../sites/sites-query';
import { Empty, Failure } from '../states/states';
import { symptomsIn } from '../troubleshooting/symptoms';
import { SymptomAlert } from '../troubleshooting/troubleshooting';
import { ChannelFigures } from './channel-figures';
import { Funnel } from './funnel';
import { HealthPills } from './health-pills';
import { OrganicReasons } from './organic-reasons';
import { overviewQuery, type Overview } from './overview-query';
import { Quality } from './quality';

// The chart library weighs more than the rest of the page: figures first, then the picture.
const OverTime = lazy(() =>
  import('./over-time').then(({ OverTime: component }) => ({ default: component })),
);

export function OverviewPage() {
  const siteId = useSiteId();
  const search = useSearch({ from: '/sites/$siteId/overview' });
  const navigate = useNavigate({ from: '/sites/$siteId/overview' });
  const overview = useQuery(overviewQuery(siteId, search, useNow()));
  return (
    <>
      <PageHeader title="Overview" lead="From the ad click to the event that TikTok accepted.">
        <PeriodSelect
          value={search}
          onChange={(period) => void navigate({ search: period, replace: true })}
        />
      </PageHeader>
      <Stack gap="lg">
        <HealthPills siteId={siteId} />
        {overview.data !== undefined ? (
          <Figures overview={overview.data} />
        ) : overview.isError ? (
          <Failure error={overview.error} retry={() => void overview.refetch()} />
        ) : (
          <FiguresLoading />
        )}
      </Stack>
    </>
  );
}

function Figures({ overview }: { overview: Overview }) {
  const siteId = useSiteId();
  const { totals, channels } = overview;
  if (totals.clicks === 0 && totals.joins === 0)
    return (
      <Paper p={0}>
        <Empty
          title="Nothing in this period"
          action={
            <ButtonTo to="/sites/$siteId/setup" params={{ siteId }}>
              Check the set-up
            </ButtonTo>
          }
        >
          Clicks and joins show here within a second of happening. Choose a longer period, or see in the
          guided set-up what is missing.
        </Empty>
      </Paper>
    );
  return (
    <>
      {symptomsIn(overview).map((symptom) => (
        <SymptomAlert key={symptom} symptom={symptom} />
      ))}
      <Funnel overview={overview} />
      <Paper component="section" aria-label="Over time">
        <Suspense fallback={<Skeleton height={318} />}>
          <OverTime overview={overview} />
        </Suspense>
      </Paper>
      <div className={columns['halves']}>
        <OrganicReasons overview={overview} />
        <Quality overview={overview} />
      </div>
      {channels.length > 1 && <ChannelFigures channels={channels} />}
    </>
  );
}

/** As tall as what comes, so that nothing jumps. */
const FiguresLoading = () => (
  <Stack gap="lg" role="status" aria-label="Loading">
    <Skeleton height={132} radius="lg" />
    <Skeleton height={360} radius="lg" />
  </Stack>
);
