import type { PixelStateChanged } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

const text = (words: string | undefined): string | null => words?.replaceAll('\0', '') ?? null;

@Injectable()
export class PixelStateStore {
  /** In any order, any number of times: the latest change stands; of one instant, the later in the log. */
  async apply(tx: Pick<EntityManager, 'query'>, change: PixelStateChanged): Promise<void> {
    await tx.query(
      `INSERT INTO pixel_state (pixel_id, state, reason, changed_at, code, message, explanation)
       VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (pixel_id) DO UPDATE
         SET state = excluded.state, reason = excluded.reason, changed_at = excluded.changed_at,
             code = excluded.code, message = excluded.message, explanation = excluded.explanation
       WHERE excluded.changed_at >= pixel_state.changed_at`,
      [
        change.pixelId,
        change.state,
        change.reason ?? null,
        change.changedAt,
        change.code ?? null,
        text(change.message),
        text(change.explanation),
      ],
    );
  }

  /** Whether the pixel's token works is known by a test event too, which is no delivery. */
  async noteAcceptedTest(
    tx: Pick<EntityManager, 'query'>,
    pixelId: string,
    acceptedAt: string,
  ): Promise<void> {
    await tx.query(
      `INSERT INTO pixel_test (pixel_id, accepted_at) VALUES ($1, $2)
       ON CONFLICT (pixel_id) DO UPDATE SET accepted_at = excluded.accepted_at`,
      [pixelId, acceptedAt],
    );
  }
}
