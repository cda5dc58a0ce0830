import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client';
import type { components } from '../../api/schema';

export type Bot = components['schemas']['BotView'];

export const botsQuery = queryOptions({
  queryKey: ['bots'],
  queryFn: () => dataOf(api.GET('/v1/bots')),
});
