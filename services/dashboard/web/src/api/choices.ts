import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from './client';

/** What forms offer, with the words for it: the API's, so that TikTok's names have one home. */
export const choicesQuery = queryOptions({
  queryKey: ['choices'],
  queryFn: () => dataOf(api.GET('/v1/choices')),
  staleTime: Infinity,
});
