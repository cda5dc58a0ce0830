import {
  encode,
  topics,
  type OutboundRecord,
  type PauseReason,
  type PixelConfigured,
  type PixelStateChanged,
} from '@clickjoin/contracts';
import { SERVICE } from '../service-name';
import type { PauseReasons } from './pixel-pauses.store';

type Pixel = Pick<PixelConfigured, 'pixelId' | 'siteId'>;

/** The pixel is paused: a record for the outbox. @throws ContractViolation */
export function pixelPaused(
  { pixelId, siteId }: Pixel,
  reason: PauseReason,
  { explanation, code, message }: PauseReasons,
  now: number,
): OutboundRecord {
  return recordOf({
    pixelId,
    siteId,
    state: 'paused',
    reason,
    changedAt: new Date(now).toISOString(),
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
    explanation,
  });
}

/** The pixel is sent to again. @throws ContractViolation */
export function pixelResumed({ pixelId, siteId }: Pixel, explanation: string, now: number): OutboundRecord {
  return recordOf({
    pixelId,
    siteId,
    state: 'active',
    changedAt: new Date(now).toISOString(),
    explanation,
  });
}

const recordOf = (event: PixelStateChanged): OutboundRecord =>
  encode(topics.pixelStateChanged, event, { source: SERVICE });
