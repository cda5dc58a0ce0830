import type { PixelConfigured } from '@clickjoin/contracts';
import { BATCH_MAX } from '../build-request/write-request';
import type { PixelSlots } from './pixel-flow';

/** Of a pixel, in one round: so that those of the others need not wait long for its statements. */
export const ROWS_PER_PIXEL = 250;

/**
 * How many due deliveries of a pixel are worth looking at: no more than its slots can carry. Each one that is looked at is
 * locked, read and built; what then finds no place in a request is done for nothing, in each round again. Test events
 * travel alone, so there it would be most of them. Pure.
 */
export function rowsWanted(
  { requests, isTried }: PixelSlots,
  pixel: Pick<PixelConfigured, 'wireFormat' | 'testEventCode'> | undefined,
): number {
  if (isTried) return 1;
  const travelsAlone = (pixel?.testEventCode?.trim() ?? '') !== '';
  const each = travelsAlone ? 1 : BATCH_MAX[pixel?.wireFormat ?? '1.0'];
  return Math.min(ROWS_PER_PIXEL, requests * each);
}
