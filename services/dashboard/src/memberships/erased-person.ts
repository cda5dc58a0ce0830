import type { EntityManager } from 'typeorm';

/** SQL: whether what happened to that person at that time is to be forgotten. */
export const erasedAt = (userId: string, at: string): string =>
  `EXISTS (SELECT 1 FROM erased_person e
            WHERE e.person_hash = sha256(convert_to((${userId})::text, 'UTF8')) AND e.erased_at >= ${at})`;

/**
 * Who writes persons down and who forgets one can't see each other's rows before the commit: without the lock, a join
 * that is written in that moment would keep its person. Writers don't wait for each other.
 */
export async function lockErasures(tx: Pick<EntityManager, 'query'>, how: 'shared' | 'alone'): Promise<void> {
  const lock = how === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock';
  await tx.query(`SELECT ${lock}(hashtextextended('clickjoin dashboard erasures', 0))`);
}
