import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../api/client';
import type { components } from '../api/schema';

export type Check = components['schemas']['CheckView'];
export type Finding = Pick<Check, 'state' | 'title' | 'explanation' | 'advice' | 'details'>;

/** Much of it is asked of other services, and no event tells when that changes. */
const ASK_EVERY_MS = 5_000;

export const checklistQuery = (siteId: string) =>
  queryOptions({
    queryKey: ['checklist', siteId],
    queryFn: () => dataOf(api.GET('/v1/sites/{siteId}/checklist', { params: { path: { siteId } } })),
    refetchInterval: ASK_EVERY_MS,
  });
