import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../api/client';
import type { components } from '../api/schema';
import { rangeOf } from '../display/period';
import { given } from '../paged-list/filters';
import { pagedQuery } from '../paged-list/use-paged-list';
import type { JoinsSearch } from './joins-search';

export type Join = components['schemas']['JoinView'];
export type JoinDetail = components['schemas']['JoinDetailView'];

/** The filters as the API takes them, for the list and its CSV alike. */
export function joinsFilter(
  siteId: string,
  { outcome, reason, chatId, q, ...period }: JoinsSearch,
  now: number,
) {
  const { from, to } = rangeOf(period, now);
  return given({ siteId, from, to, outcome, reason, chatId, q });
}

export const joinsQuery = (filter: ReturnType<typeof joinsFilter>) =>
  pagedQuery(['joins', 'list', filter], 50, (page) =>
    dataOf(api.GET('/v1/joins', { params: { query: { ...filter, ...page } } })),
  );

export const joinQuery = (joinId: string) =>
  queryOptions({
    queryKey: ['joins', 'one', joinId],
    queryFn: () => dataOf(api.GET('/v1/joins/{joinId}', { params: { path: { joinId } } })),
  });
