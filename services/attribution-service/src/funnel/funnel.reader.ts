import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

export interface FunnelHour {
  readonly chatId: string;
  /** When the hour begins. */
  readonly hour: string;
  readonly clicks: number;
  readonly joins: number;
  readonly attributed: number;
}

interface Row {
  readonly chat_id: string;
  readonly hour_ms: string;
  readonly clicks: number;
  readonly joins: number;
  readonly attributed: number;
}

@Injectable()
export class FunnelReader {
  constructor(private readonly database: DataSource) {}

  /** Hours that begin from `fromMs` on and before `toMs`; those in which nothing happened are left out. */
  async hours(of: { chatId: string | undefined; fromMs: number; toMs: number }): Promise<FunnelHour[]> {
    const rows: Row[] = await this.database.query(
      `SELECT chat_id, hour_ms, sum(clicks)::int AS clicks, sum(joins)::int AS joins, sum(attributed)::int AS attributed
         FROM funnel
        WHERE hour_ms >= $1 AND hour_ms < $2 AND ($3::bigint IS NULL OR chat_id = $3)
        GROUP BY chat_id, hour_ms ORDER BY hour_ms, chat_id`,
      [of.fromMs, of.toMs, of.chatId ?? null],
    );
    return rows.map(({ chat_id, hour_ms, ...counts }) => ({
      chatId: chat_id,
      hour: new Date(Number(hour_ms)).toISOString(),
      ...counts,
    }));
  }
}
