import { type ClickCaptured, type ConversionAttributed, type DeliveryUpdated } from '@clickjoin/contracts';
import type { SeenEvent } from '@clickjoin/sandbox';
import type { Summary } from '../dashboard-client';
import { joinsOf, type Journal, type JoinRecord } from '../journal';
import type { Log } from '../read-log';
import { unique } from './count-by';

/** Everything that the books are made of; nothing else is asked. */
export interface Accounts {
  readonly journal: Journal;
  readonly log: Log;
  readonly dashboard: Summary;
  readonly tiktok: { readonly events: readonly SeenEvent[]; readonly duplicatesDropped: number };
  /** Updates that Telegram delivered once more. */
  readonly redeliveredUpdates: number;
  readonly pixelIds: readonly string[];
  /** Services that were killed on purpose while visitors came. */
  readonly killed: readonly string[];
  /** Services that ended by themselves. */
  readonly died: readonly string[];
}

/** The log with repeats folded: a record may be there twice, its id counts once. */
export interface Facts {
  readonly clicks: ReadonlyMap<string, ClickCaptured>;
  readonly joinIds: ReadonlySet<string>;
  readonly conversions: ReadonlyMap<string, ConversionAttributed>;
  readonly organic: ReadonlyMap<string, string>;
  /** The latest state of each delivery. */
  readonly deliveries: ReadonlyMap<string, DeliveryUpdated>;
  readonly joined: readonly JoinRecord[];
}

export function gather({ journal, log }: Accounts): Facts {
  const deliveries = new Map<string, DeliveryUpdated>();
  for (const update of log.deliveries) {
    const known = deliveries.get(update.deliveryId);
    if (!known || update.revision > known.revision) deliveries.set(update.deliveryId, update);
  }
  return {
    clicks: unique(log.clicks, ({ clickId }) => clickId),
    joinIds: new Set(log.joins.map(({ joinId }) => joinId)),
    conversions: unique(log.conversions, ({ conversionId }) => conversionId),
    organic: new Map(log.organic.map(({ joinId, reason }) => [joinId, reason])),
    deliveries,
    joined: joinsOf(journal),
  };
}
