import type { EntityManager } from 'typeorm';

/**
 * Holds the bucket until the transaction ends. Two batches with the same keys, in transactions that can't see each
 * other, would otherwise both find nothing. Buckets of different namespaces don't meet, but for a hash collision,
 * which only costs waiting.
 */
export async function lockBucket(tx: EntityManager, bucket: number, namespace: string): Promise<void> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtext($1), $2::integer)', [namespace, bucket]);
}
