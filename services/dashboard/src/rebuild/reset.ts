import type { DataSource, EntityManager } from 'typeorm';
import { SERVICE } from '../service-name';

/**
 * Everything that is made of topics and of nothing else. Channels stay, since their set-ups are settings; what bots
 * see of them comes again and changes nothing. Who was erased stays too: that may lie further back than the topics.
 */
const READ_MODELS = [
  'click',
  '"join"',
  'member_left',
  'delivery',
  'attempt',
  'accepted_conversion',
  'overview_quarter',
  'overview_label',
  'overview_label_day',
  'bot_check',
  'pixel_state',
  'script_seen',
] as const;

/**
 * Empties the read models and the positions, in one transaction. A running dashboard may go on: each of its batches
 * waits here, then finds that its position is gone, and does nothing.
 */
export function resetReadModels(dataSource: DataSource): Promise<void> {
  return dataSource.transaction(async (tx: EntityManager) => {
    // First, as every batch takes it first: nobody then holds what the next statement waits for.
    await tx.query('LOCK TABLE consumer_offset IN SHARE ROW EXCLUSIVE MODE');
    await tx.query(`TRUNCATE ${READ_MODELS.join(', ')}`);
    await tx.query('DELETE FROM consumer_offset WHERE consumer_group = $1', [SERVICE]);
  });
}
