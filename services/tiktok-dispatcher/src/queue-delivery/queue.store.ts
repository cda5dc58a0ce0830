import { deliveryIdOf, tiktokEventIdOf, type ConversionAttributed } from '@clickjoin/contracts';
import type { EntityManager } from 'typeorm';
import { DELIVERY_COLUMNS, timestamp, type DeliveryRow } from '../delivery/delivery-row';
import { writeChannel, type ChannelFacts } from '../build-request/build-event';
import { sentMatchQualityOf } from '../build-request/sent-match-quality';
import type { Entry } from './decide-entry';

export interface NewDelivery {
  readonly conversion: ConversionAttributed;
  readonly pixelId: string;
  /** What the channel's settings say now; undefined: they are not known. */
  readonly channel: ChannelFacts | undefined;
  /** When Kafka took the conversion: ms since the Unix epoch. */
  readonly loggedAt: number;
  readonly entry: Entry;
}

/** When this database was made: ms since the Unix epoch. Somebody who has emptied its tables has emptied this one too. */
export async function readFirstStart(tx: EntityManager): Promise<number> {
  const [row]: { started_at: Date }[] = await tx.query('SELECT started_at FROM first_start');
  return row?.started_at.getTime() ?? Infinity;
}

/**
 * Adds deliveries, the queued ones due at once. The unique key decides: what is there already, from an earlier copy of the
 * same conversion, stays as it is.
 * Nor does one of a person who asked to be forgotten become a delivery.
 * @returns the ones that are new
 */
export async function insertDeliveries(
  tx: EntityManager,
  deliveries: readonly NewDelivery[],
  now: number,
): Promise<DeliveryRow[]> {
  // Sorted, so that two transactions with the same conversions wait for each other and don't deadlock.
  const rows = deliveries
    .map(({ conversion, pixelId, channel, loggedAt, entry }) => ({
      deliveryId: deliveryIdOf(conversion.conversionId, pixelId),
      pixelId,
      conversion,
      channel,
      loggedAt,
      entry,
    }))
    .sort((a, b) => (a.deliveryId < b.deliveryId ? -1 : 1));
  return tx.query(
    `INSERT INTO delivery AS d (delivery_id, conversion_id, join_id, pixel_id, site_id, chat_id, event_id,
                                joined_at, facts, match_quality, logged_at, first_unknown_at, note,
                                channel_event, state, needs_person, revision, updated_at,
                                next_attempt_at)
     SELECT e.*, e.state = 'held', 1, $16::timestamptz, CASE e.state WHEN 'queued' THEN $16::timestamptz END
     FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[],
                 $8::timestamptz[], $9::text[], $10::jsonb[], $11::timestamptz[], $12::timestamptz[], $13::text[],
                 $14::jsonb[], $15::text[])
       AS e (delivery_id, conversion_id, join_id, pixel_id, site_id, chat_id, event_id, joined_at, facts,
             match_quality, logged_at, first_unknown_at, note, channel_event, state)
     WHERE NOT EXISTS (SELECT FROM erased_conversion x WHERE x.conversion_id = e.conversion_id)
     ON CONFLICT DO NOTHING
     RETURNING ${DELIVERY_COLUMNS}`,
    [
      rows.map(({ deliveryId }) => deliveryId),
      rows.map(({ conversion }) => conversion.conversionId),
      rows.map(({ conversion }) => conversion.joinId),
      rows.map(({ pixelId }) => pixelId),
      rows.map(({ conversion }) => conversion.siteId),
      rows.map(({ conversion }) => conversion.chatId),
      rows.map(({ conversion }) => tiktokEventIdOf(conversion.conversionId)),
      rows.map(({ conversion }) => conversion.joinedAt),
      rows.map(({ conversion }) => JSON.stringify(conversion)),
      rows.map(({ conversion }) => JSON.stringify(sentMatchQualityOf(conversion))),
      rows.map(({ loggedAt }) => timestamp(loggedAt)),
      rows.map(({ entry }) => timestamp(entry.firstUnknownAt)),
      rows.map(({ entry }) => entry.note ?? null),
      rows.map(({ channel }) => (channel === undefined ? null : writeChannel(channel))),
      rows.map(({ entry }) => entry.state),
      timestamp(now),
    ],
  );
}
