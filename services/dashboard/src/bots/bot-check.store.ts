import type { BotChecked } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

@Injectable()
export class BotCheckStore {
  /** In any order, any number of times: the latest look stands. */
  async apply(tx: Pick<EntityManager, 'query'>, check: BotChecked): Promise<void> {
    await tx.query(
      `INSERT INTO bot_check (bot_id, checked_at, updates_by, problems, pending_updates, message, last_error_at,
                              last_update_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
       ON CONFLICT (bot_id) DO UPDATE
         SET checked_at = excluded.checked_at, updates_by = excluded.updates_by, problems = excluded.problems,
             pending_updates = excluded.pending_updates, message = excluded.message,
             last_error_at = excluded.last_error_at, last_update_at = excluded.last_update_at
       WHERE excluded.checked_at >= bot_check.checked_at`,
      [
        check.botId,
        check.checkedAt,
        check.updatesBy,
        check.problems,
        check.pendingUpdates ?? null,
        check.message?.replaceAll('\0', '') ?? null,
        check.lastErrorAt ?? null,
        check.lastUpdateAt ?? null,
      ],
    );
  }
}
