import { queryOptions, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { api, dataOf } from '../api/client';
import type { components } from '../api/schema';

export type Site = components['schemas']['SiteView'];

export const sitesQuery = queryOptions({
  queryKey: ['sites'],
  queryFn: () => dataOf(api.GET('/v1/sites')),
});

/** The id of the site that the page is about. */
export const useSiteId = (): string => useParams({ from: '/sites/$siteId' }).siteId;

export function useSite(): Site | undefined {
  const siteId = useSiteId();
  return useQuery(sitesQuery).data?.items.find((site) => site.siteId === siteId);
}
