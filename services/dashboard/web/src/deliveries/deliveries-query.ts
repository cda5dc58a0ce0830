import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../api/client';
import type { components } from '../api/schema';
import { rangeOf } from '../display/period';
import { given } from '../paged-list/filters';
import { pagedQuery } from '../paged-list/use-paged-list';
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
  return given({ siteId, from, to, state, pixelId, chatId });
}

export const deliveriesQuery = (filter: ReturnType<typeof deliveriesFilter>) =>
  pagedQuery(['deliveries', 'list', filter], 50, (page) =>
    dataOf(api.GET('/v1/deliveries', { params: { query: { ...filter, ...page } } })),
  );

export const deliveryQuery = (deliveryId: string) =>
  queryOptions({
    queryKey: ['deliveries', 'one', deliveryId],
    queryFn: () => dataOf(api.GET('/v1/deliveries/{deliveryId}', { params: { path: { deliveryId } } })),
  });
