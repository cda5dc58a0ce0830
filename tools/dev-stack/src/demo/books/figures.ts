import { tiktokEventIdOf } from '@clickjoin/contracts';
import type { Accounts, Facts } from './accounts';

/** What the demo shows in its table. */
export interface Figures {
  readonly clicks: number;
  readonly joins: number;
  readonly attributed: number;
  /** By reason. */
  readonly organic: Readonly<Record<string, number>>;
  readonly accepted: number;
  readonly rejected: number;
  /** Deliveries that needed more than one attempt. */
  readonly retried: number;
  /** Copies of an event that TikTok recognised by its event_id. */
  readonly duplicatesDropped: number;
  readonly redeliveredUpdates: number;
  /** From the join to TikTok's acceptance; undefined without conversions. */
  readonly joinToAcceptedMs: { readonly p50: number; readonly p99: number } | undefined;
}

export function figuresOf(accounts: Accounts, facts: Facts): Figures {
  const { log, tiktok, redeliveredUpdates } = accounts;
  const states = [...facts.deliveries.values()].map(({ state }) => state);
  const retried = new Set(
    log.deliveries.filter(({ attempt }) => (attempt?.number ?? 0) > 1).map(({ deliveryId }) => deliveryId),
  );
  const organic: Record<string, number> = {};
  for (const reason of facts.organic.values()) organic[reason] = (organic[reason] ?? 0) + 1;
  return {
    clicks: facts.clicks.size,
    joins: facts.joinIds.size,
    attributed: facts.conversions.size,
    organic,
    accepted: states.filter((state) => state === 'accepted').length,
    rejected: states.filter((state) => state === 'rejected').length,
    retried: retried.size,
    duplicatesDropped: tiktok.duplicatesDropped,
    redeliveredUpdates,
    joinToAcceptedMs: delays(accounts, facts),
  };
}

function delays({ tiktok }: Accounts, { conversions, joined }: Facts): Figures['joinToAcceptedMs'] {
  const acceptedAt = new Map(tiktok.events.map(({ eventId, firstAcceptedAt }) => [eventId, firstAcceptedAt]));
  const joinedAt = new Map(joined.map((join) => [join.joinId, join.joinedAt]));
  const sorted = [...conversions.values()]
    .flatMap(({ conversionId, joinId }) => {
      const from = joinedAt.get(joinId);
      const to = acceptedAt.get(tiktokEventIdOf(conversionId));
      return from === undefined || to === undefined || to === null ? [] : [to - from];
    })
    .sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return sorted.length === 0 ? undefined : { p50: at(0.5), p99: at(0.99) };
}
