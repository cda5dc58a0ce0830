import type { SiteConfigured } from '@clickjoin/contracts';
import type { SiteEntity } from './site.entity';

export function toEvent(site: SiteEntity): SiteConfigured {
  const { siteId, name, allowedOrigins, tracker, apiKeyHash, reviewBots, version, configuredAt } = site;
  return {
    siteId,
    name,
    allowedOrigins,
    ...(tracker === null ? {} : { tracker }),
    ...(apiKeyHash === null ? {} : { apiKeyHash }),
    ...(reviewBots === null ? {} : { reviewBots }),
    version,
    configuredAt: configuredAt.toISOString(),
  };
}

export const toRow = (event: SiteConfigured): SiteEntity => ({
  siteId: event.siteId,
  name: event.name,
  allowedOrigins: event.allowedOrigins,
  tracker: event.tracker ?? null,
  apiKeyHash: event.apiKeyHash ?? null,
  reviewBots: event.reviewBots ?? null,
  version: event.version,
  configuredAt: new Date(event.configuredAt),
});
