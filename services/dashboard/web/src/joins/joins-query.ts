import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../api/client';
import type { components } from '../api/schema';
import { rangeOf } from '../display/period';
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
  return {
    siteId,
    from,
    ...(to === undefined ? {} : { to }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(reason === undefined ? {} : { reason }),
    ...(chatId === undefined ? {} : { chatId }),
    ...(q === undefined ? {} : { q }),
  };
}

export const joinsQuery = (filter: ReturnType<typeof joinsFilter>) =>
  infiniteQueryOptions({
    queryKey: ['joins', 'list', filter],
    queryFn: ({ pageParam }) =>
      dataOf(
        api.GET('/v1/joins', {
          params: { query: { ...filter, limit: 50, ...(pageParam === '' ? {} : { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });

export const joinQuery = (joinId: string) =>
  queryOptions({
    queryKey: ['joins', 'one', joinId],
    queryFn: () => dataOf(api.GET('/v1/joins/{joinId}', { params: { path: { joinId } } })),
  });
