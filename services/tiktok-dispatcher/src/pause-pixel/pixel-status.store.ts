import type { PauseReason, PixelState } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** Whether a pixel is sent to, and what waits for it. */
export interface PixelStatus {
  readonly state: PixelState;
  readonly reason?: PauseReason;
  /** In words that a media buyer understands, with what to do. */
  readonly explanation?: string;
  /** TikTok's return code and words, where that was the reason. */
  readonly code?: number;
  readonly message?: string;
  readonly since?: string;
  /** Deliveries that go by themselves, now or once the pixel is resumed. */
  readonly waiting: number;
  /** When the oldest of them was joined. */
  readonly oldestWaitingAt?: string;
}

interface StatusRow {
  readonly cause: PauseReason | null;
  readonly note: string | null;
  readonly code: number | null;
  readonly message: string | null;
  readonly paused_at: Date | null;
  readonly waiting: number;
  readonly oldest_at: Date | null;
}

@Injectable()
export class PixelStatusStore {
  constructor(private readonly dataSource: DataSource) {}

  async find(pixelId: string): Promise<PixelStatus> {
    const [row]: StatusRow[] = await this.dataSource.query(
      `SELECT pause.*, due.n + held.n AS waiting, least(due.oldest_at, held.oldest_at) AS oldest_at
       FROM (SELECT count(*)::int AS n, min(joined_at) AS oldest_at FROM delivery
             WHERE pixel_id = $1 AND state IN ('queued', 'retrying')) due
       CROSS JOIN (SELECT count(*)::int AS n, min(joined_at) AS oldest_at FROM delivery
                   WHERE pixel_id = $1 AND state = 'held' AND NOT needs_person) held
       LEFT JOIN (SELECT cause, note, code, message, paused_at FROM pixel_pause WHERE pixel_id = $1) pause ON true`,
      [pixelId],
    );
    return {
      state: row?.cause == null ? 'active' : 'paused',
      ...(row?.cause == null ? {} : { reason: row.cause }),
      ...(row?.note == null ? {} : { explanation: row.note }),
      ...(row?.code == null ? {} : { code: row.code }),
      ...(row?.message == null ? {} : { message: row.message }),
      ...(row?.paused_at == null ? {} : { since: row.paused_at.toISOString() }),
      waiting: row?.waiting ?? 0,
      ...(row?.oldest_at == null ? {} : { oldestWaitingAt: row.oldest_at.toISOString() }),
    };
  }
}
