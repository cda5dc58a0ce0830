import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../api/client';
import type { components } from '../api/schema';
import { rangeOf } from '../display/period';
import type { DeliveriesSearch } from './deliveries-search';

export type Delivery = components['schemas']['DeliveryView'];
export type DeliveryDetail = components['schemas']['DeliveryDetailView'];

/** The filters as the API takes them, for the list and its CSV alike. */
export function deliveriesFilter(
  siteId: string,
  { state, pixelId, chatId, ...period }: DeliveriesSearch,
  now: number,
) {
  const { from, to } = rangeOf(period, now);
  return {
    siteId,
    from,
    ...(to === undefined ? {} : { to }),
    ...(state === undefined ? {} : { state }),
    ...(pixelId === undefined ? {} : { pixelId }),
    ...(chatId === undefined ? {} : { chatId }),
  };
}

export const deliveriesQuery = (filter: ReturnType<typeof deliveriesFilter>) =>
  infiniteQueryOptions({
    queryKey: ['deliveries', 'list', filter],
    queryFn: ({ pageParam }) =>
      dataOf(
        api.GET('/v1/deliveries', {
          params: { query: { ...filter, limit: 50, ...(pageParam === '' ? {} : { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });

export const deliveryQuery = (deliveryId: string) =>
  queryOptions({
    queryKey: ['deliveries', 'one', deliveryId],
    queryFn: () => dataOf(api.GET('/v1/deliveries/{deliveryId}', { params: { path: { deliveryId } } })),
  });
