import type { EntityManager } from 'typeorm';
import { SERVICE } from '../service-name';

/**
 * Holds these clicks until the transaction ends. The click of a bot start is keyed by its own id and so lives in
 * another bucket than the person's starts and joins: two transactions, one that brings the click and one that looks
 * for it, would otherwise both find nothing, and two persons' joins would both be credited to it.
 *
 * After the bucket's lock, all at once and in the order of the locks themselves: so nobody waits in a circle.
 */
export async function lockClicks(tx: EntityManager, clickIds: readonly string[]): Promise<void> {
  if (clickIds.length === 0) return;
  await tx.query(
    `SELECT pg_advisory_xact_lock(hashtext($1), lock)
       FROM (SELECT DISTINCT hashtext(click_id) AS lock FROM unnest($2::text[]) AS c (click_id) ORDER BY 1) AS locks`,
    [`${SERVICE} click`, clickIds],
  );
}
