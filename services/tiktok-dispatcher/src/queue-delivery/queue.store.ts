import { deliveryIdOf, tiktokEventIdOf, type ConversionAttributed } from '@clickjoin/contracts';
import type { EntityManager } from 'typeorm';
import { DELIVERY_COLUMNS, timestamp, type DeliveryRow } from '../delivery/delivery-row';

export interface NewDelivery {
  readonly conversion: ConversionAttributed;
  readonly pixelId: string;
}

/**
 * Adds deliveries that are due at once. The unique key decides: what is there already, from an earlier copy of the
 * same conversion, stays as it is.
 * @returns the ones that are new
 */
export async function insertDeliveries(
  tx: EntityManager,
  deliveries: readonly NewDelivery[],
  now: number,
): Promise<DeliveryRow[]> {
  // Sorted, so that two transactions with the same conversions wait for each other and don't deadlock.
  const rows = deliveries
    .map(({ conversion, pixelId }) => ({
      deliveryId: deliveryIdOf(conversion.conversionId, pixelId),
      pixelId,
      conversion,
    }))
    .sort((a, b) => (a.deliveryId < b.deliveryId ? -1 : 1));
  return tx.query(
    `INSERT INTO delivery AS d (delivery_id, conversion_id, join_id, pixel_id, site_id, chat_id, event_id,
                                joined_at, facts, state, revision, updated_at, next_attempt_at)
     SELECT *, 'queued', 1, $10, $10
     FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[],
                 $8::timestamptz[], $9::text[])
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
      timestamp(now),
    ],
  );
}
