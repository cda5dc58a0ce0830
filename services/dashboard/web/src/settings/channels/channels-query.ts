import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client';
import type { components } from '../../api/schema';

export type Channel = components['schemas']['ChannelView'];

export const channelsQuery = queryOptions({
  queryKey: ['channels'],
  queryFn: () => dataOf(api.GET('/v1/channels')),
});
