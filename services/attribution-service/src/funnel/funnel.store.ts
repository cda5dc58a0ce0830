import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

type Joined = { readonly chatId: string; readonly joinedAt: string };

export interface Counted {
  /** New clicks. */
  readonly clicks?: readonly { readonly chatId: string; readonly capturedAt: string }[];
  /** New joins. */
  readonly joins?: readonly Joined[];
  /** Joins that were attributed. */
  readonly attributed?: readonly Joined[];
}

interface Cell {
  readonly chatId: string;
  readonly hourMs: number;
  clicks: number;
  joins: number;
  attributed: number;
}

const HOUR_MS = 3_600_000;

/**
 * Clicks, joins and attributed joins, by channel and by the hour in which they happened. Counted in the transaction
 * that makes them known, and only what was new there: so it is exact under duplicates, crashes and replays.
 */
@Injectable()
export class FunnelStore {
  /** Under the bucket's lock. */
  async count(
    tx: EntityManager,
    bucket: number,
    { clicks = [], joins = [], attributed = [] }: Counted,
  ): Promise<void> {
    const cells = new Map<string, Cell>();
    const cellOf = (chatId: string, at: string): Cell => {
      const hourMs = Math.floor(Date.parse(at) / HOUR_MS) * HOUR_MS;
      const id = `${chatId}/${hourMs}`;
      const cell = cells.get(id) ?? { chatId, hourMs, clicks: 0, joins: 0, attributed: 0 };
      cells.set(id, cell);
      return cell;
    };
    for (const { chatId, capturedAt } of clicks) cellOf(chatId, capturedAt).clicks += 1;
    for (const { chatId, joinedAt } of joins) cellOf(chatId, joinedAt).joins += 1;
    for (const { chatId, joinedAt } of attributed) cellOf(chatId, joinedAt).attributed += 1;
    if (cells.size === 0) return;
    const rows = [...cells.values()];
    await tx.query(
      `INSERT INTO funnel (chat_id, hour_ms, bucket, clicks, joins, attributed)
       SELECT chat_id, hour_ms, $1, clicks, joins, attributed
         FROM unnest($2::bigint[], $3::bigint[], $4::integer[], $5::integer[], $6::integer[])
              AS cell (chat_id, hour_ms, clicks, joins, attributed)
       ON CONFLICT (chat_id, hour_ms, bucket) DO UPDATE
          SET clicks = funnel.clicks + excluded.clicks, joins = funnel.joins + excluded.joins,
              attributed = funnel.attributed + excluded.attributed`,
      [
        bucket,
        rows.map((cell) => cell.chatId),
        rows.map((cell) => cell.hourMs),
        rows.map((cell) => cell.clicks),
        rows.map((cell) => cell.joins),
        rows.map((cell) => cell.attributed),
      ],
    );
  }
}
