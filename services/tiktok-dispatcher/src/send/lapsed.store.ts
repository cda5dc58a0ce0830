import type { EntityManager } from 'typeorm';

export interface LapsedDelivery {
  readonly deliveryId: string;
  readonly leaseToken: string;
  readonly pixelId: string;
  readonly attempt: number;
  readonly startedAt: number;
  readonly joinedAt: number;
  readonly firstUnknownAt: number | undefined;
}

/**
 * Locks deliveries whose worker didn't come back before its lease ended.
 * @param gone instances that are no more: their leases needn't be waited for
 */
export async function lockLapsed(
  tx: EntityManager,
  gone: readonly number[],
  limit: number,
): Promise<LapsedDelivery[]> {
  const rows: {
    delivery_id: string;
    lease_token: string;
    pixel_id: string;
    attempts: number;
    started_at: Date;
    joined_at: Date;
    first_unknown_at: Date | null;
  }[] = await tx.query(
    `SELECT d.delivery_id, d.lease_token, d.pixel_id, d.attempts, a.started_at, d.joined_at, d.first_unknown_at
     FROM delivery d JOIN attempt a ON a.delivery_id = d.delivery_id AND a.number = d.attempts
     WHERE d.state = 'sending' AND (d.lease_until < clock_timestamp() OR d.lease_owner = ANY ($2::int[]))
     ORDER BY d.lease_until
     LIMIT $1
     FOR UPDATE OF d SKIP LOCKED`,
    [limit, gone],
  );
  return rows.map((row) => ({
    deliveryId: row.delivery_id,
    leaseToken: row.lease_token,
    pixelId: row.pixel_id,
    attempt: row.attempts,
    startedAt: row.started_at.getTime(),
    joinedAt: row.joined_at.getTime(),
    firstUnknownAt: row.first_unknown_at?.getTime(),
  }));
}
