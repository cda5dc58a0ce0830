import type { PixelConfigured } from '@clickjoin/contracts';
import type { PixelEntity } from './pixel.entity';

export function toEvent({ testEventCode, configuredAt, ...pixel }: PixelEntity): PixelConfigured {
  return {
    ...pixel,
    ...(testEventCode === null ? {} : { testEventCode }),
    configuredAt: configuredAt.toISOString(),
  };
}

export const toRow = (event: PixelConfigured): PixelEntity => ({
  pixelId: event.pixelId,
  siteId: event.siteId,
  name: event.name,
  pixelCode: event.pixelCode,
  wireFormat: event.wireFormat,
  accessToken: event.accessToken,
  testEventCode: event.testEventCode ?? null,
  isPaused: event.isPaused,
  version: event.version,
  configuredAt: new Date(event.configuredAt),
});
