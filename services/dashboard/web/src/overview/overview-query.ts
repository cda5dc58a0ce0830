import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../api/client';
import type { components } from '../api/schema';
import { rangeOf, type PeriodSearch } from '../display/period';

export type Overview = components['schemas']['OverviewView'];

const HOUR_MS = 3_600_000;

/** An open end is the next full hour: the same question until then, and nothing can have happened after it. */
export function overviewQuery(siteId: string, { period, from, to }: PeriodSearch, now: number) {
  const range = rangeOf(
    { ...(period ? { period } : {}), ...(from ? { from } : {}), ...(to ? { to } : {}) },
    now,
  );
  const query = {
    from: range.from,
    to: range.to ?? new Date(Math.ceil((now + 1) / HOUR_MS) * HOUR_MS).toISOString(),
    interval: range.interval,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
  return queryOptions({
    queryKey: ['overview', siteId, query],
    queryFn: () => dataOf(api.GET('/v1/sites/{siteId}/overview', { params: { path: { siteId }, query } })),
    placeholderData: keepPreviousData,
  });
}
