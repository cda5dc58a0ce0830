import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SURPRISES, type SurpriseKind } from './surprises';

export interface ListedSurprise {
  readonly surpriseId: string;
  readonly kind: SurpriseKind;
  readonly explanation: string;
  readonly noticedAt: string;
  readonly chatId?: string;
  readonly joinId?: string;
  readonly clickId?: string;
}

interface Row {
  readonly id: string;
  readonly kind: SurpriseKind;
  readonly noticed_at: Date;
  readonly chat_id: string | null;
  readonly join_id: string | null;
  readonly click_id: string | null;
}

@Injectable()
export class SurpriseReader {
  constructor(private readonly database: DataSource) {}

  /** The newest first. @param surpriseId where the page before ended; undefined for the first page. */
  async before(surpriseId: string | undefined, limit: number): Promise<ListedSurprise[]> {
    const rows: Row[] = await this.database.query(
      `SELECT id, kind, noticed_at, chat_id, join_id, click_id FROM surprise
        WHERE $1::bigint IS NULL OR id < $1 ORDER BY id DESC LIMIT $2`,
      [surpriseId ?? null, limit],
    );
    return rows.map((row) => ({
      surpriseId: row.id,
      kind: row.kind,
      explanation: SURPRISES[row.kind],
      noticedAt: row.noticed_at.toISOString(),
      ...(row.chat_id === null ? {} : { chatId: row.chat_id }),
      ...(row.join_id === null ? {} : { joinId: row.join_id }),
      ...(row.click_id === null ? {} : { clickId: row.click_id }),
    }));
  }
}
