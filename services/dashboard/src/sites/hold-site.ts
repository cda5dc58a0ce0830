import type { EntityManager } from 'typeorm';

/**
 * Whether the site is there; if so, nobody removes it until the transaction ends. A look without the lock would let
 * a removal in between, and what is added to the site then fail as if the service were broken.
 */
export async function holdSite(tx: EntityManager, siteId: string): Promise<boolean> {
  const rows: readonly unknown[] = await tx.query('SELECT 1 FROM site WHERE site_id = $1 FOR KEY SHARE', [
    siteId,
  ]);
  return rows.length > 0;
}
