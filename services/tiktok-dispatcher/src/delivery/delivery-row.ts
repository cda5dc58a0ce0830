import type { DeliveryState, MatchQuality } from '@clickjoin/contracts';

/** What of a delivery's row is told to others. */
export interface DeliveryRow {
  readonly delivery_id: string;
  readonly conversion_id: string;
  readonly join_id: string;
  readonly pixel_id: string;
  readonly site_id: string;
  readonly chat_id: string;
  readonly event_id: string;
  readonly event_name: string | null;
  readonly state: DeliveryState;
  readonly revision: number;
  readonly joined_at: Date;
  readonly updated_at: Date;
  readonly next_attempt_at: Date | null;
  readonly note: string | null;
  readonly match_quality: MatchQuality | null;
}

/** The same for SQL, of a table named `d`. */
export const DELIVERY_COLUMNS = `d.delivery_id, d.conversion_id, d.join_id, d.pixel_id, d.site_id, d.chat_id,
  d.event_id, d.event_name, d.state, d.revision, d.joined_at, d.updated_at, d.next_attempt_at, d.note,
  d.match_quality`;

/** For a timestamptz parameter; null stays null. */
export const timestamp = (atMs: number | undefined): string | null =>
  atMs === undefined ? null : new Date(atMs).toISOString();
