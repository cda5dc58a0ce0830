import type { components } from './schema';

export type Kind = components['schemas']['ChangedView']['kinds'][number];

/** First part of every query key: what a query reads. */
export type Resource =
  | 'sites'
  | 'bots'
  | 'channels'
  | 'pixels'
  | 'joins'
  | 'deliveries'
  | 'overview'
  | 'health'
  | 'checklist'
  | 'snippet'
  | 'audit'
  | 'api-tokens';

/** What the API says has changed, and what on the screen depends on it. */
export const RESOURCES_OF: Readonly<Record<Kind, readonly Resource[]>> = {
  clicks: ['overview', 'checklist'],
  joins: ['joins', 'overview', 'channels', 'checklist'],
  deliveries: ['deliveries', 'joins', 'overview', 'checklist', 'pixels', 'health'],
  channels: ['channels', 'checklist', 'health', 'snippet', 'audit'],
  bots: ['bots', 'checklist', 'health', 'audit'],
  pixels: ['pixels', 'checklist', 'health', 'audit'],
  sites: ['sites', 'checklist', 'snippet', 'audit'],
  access: ['api-tokens', 'audit'],
};

export const isKind = (kind: unknown): kind is Kind =>
  typeof kind === 'string' && Object.hasOwn(RESOURCES_OF, kind);
