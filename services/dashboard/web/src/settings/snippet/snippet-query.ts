import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client';
import type { components } from '../../api/schema';

export type Snippet = components['schemas']['SnippetView'];

export const snippetQuery = (siteId: string) =>
  queryOptions({
    queryKey: ['snippet', siteId],
    queryFn: () => dataOf(api.GET('/v1/sites/{siteId}/snippet', { params: { path: { siteId } } })),
  });
