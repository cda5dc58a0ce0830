import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client';
import type { components } from '../../api/schema';

export type Pixel = components['schemas']['PixelView'];

export const pixelsQuery = queryOptions({
  queryKey: ['pixels'],
  queryFn: () => dataOf(api.GET('/v1/pixels')),
});

export const pixelQuery = (pixelId: string) =>
  queryOptions({
    queryKey: ['pixels', pixelId],
    queryFn: () => dataOf(api.GET('/v1/pixels/{pixelId}', { params: { path: { pixelId } } })),
  });
