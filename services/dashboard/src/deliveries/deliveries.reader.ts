import type { DeliveryState, Verdict } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Conditions } from '../api/conditions';
import { decodeCursor, pageOf, type Page, type Position } from '../api/cursor';
import type { AttemptView, DeliveriesQuery, DeliveryView } from './delivery.dto';

interface DeliveryRow extends Position {
  readonly conversion_id: string;
  readonly join_id: string;
  readonly pixel_id: string;
  readonly site_id: string;
  readonly chat_id: string;
  readonly event_id: string;
  readonly event_name: string | null;
  readonly state: DeliveryState;
  readonly updated_at: Date;
  readonly next_attempt_at: Date | null;
  readonly note: string | null;
}

interface AttemptRow {
  readonly delivery_id: string;
  readonly number: number;
  readonly started_at: Date;
  readonly duration_ms: number;
  readonly verdict: Verdict;
  readonly explanation: string;
  readonly http_status: number | null;
  readonly code: string | null;
  readonly message: string | null;
  readonly request_id: string | null;
}

const COLUMNS = `
  delivery_id AS id, joined_at AS at, conversion_id, join_id, pixel_id, site_id, chat_id, event_id, event_name,
  state, updated_at, next_attempt_at, note
  FROM delivery`;

/** The read side of the deliveries' read model. */
@Injectable()
export class DeliveriesReader {
  constructor(private readonly dataSource: DataSource) {}

  /** By the time of the join, newest first. @throws Problem 400 for a cursor of another list. */
  async page(query: DeliveriesQuery): Promise<Page<DeliveryView>> {
    const { state, pixelId, siteId, chatId, from, to, cursor, limit } = query;
    const conditions = new Conditions()
      .add('state = ?', state)
      .add('pixel_id = ?', pixelId)
      .add('site_id = ?', siteId)
      .add('chat_id = ?', chatId)
      .add('joined_at >= ?', from)
      .add('joined_at < ?', to);
    if (cursor !== undefined) {
      const { at, id } = decodeCursor(cursor);
      conditions.add(`(joined_at, delivery_id) < (${conditions.bind(at)}, ?)`, id);
    }
    const rows: readonly DeliveryRow[] = await this.dataSource.query(
      `SELECT ${COLUMNS} ${conditions.where()}
        ORDER BY joined_at DESC, delivery_id DESC LIMIT ${conditions.bind(limit + 1)}`,
      conditions.parameters,
    );
    const { items, nextCursor } = pageOf(rows, limit);
    return { items: await this.withAttempts(items), nextCursor };
  }

  async ofJoin(joinId: string): Promise<DeliveryView[]> {
    const rows: readonly DeliveryRow[] = await this.dataSource.query(
      `SELECT ${COLUMNS} WHERE join_id = $1 ORDER BY delivery_id`,
      [joinId],
    );
    return this.withAttempts(rows);
  }

  private async withAttempts(rows: readonly DeliveryRow[]): Promise<DeliveryView[]> {
    const attempts: readonly AttemptRow[] = await this.dataSource.query(
      `SELECT delivery_id, number, started_at, duration_ms, verdict, explanation, http_status, code, message,
              request_id
         FROM attempt WHERE delivery_id = ANY($1::uuid[]) ORDER BY delivery_id, number`,
      [rows.map(({ id }) => id)],
    );
    const byDelivery = new Map<string, AttemptView[]>(rows.map(({ id }) => [id, []]));
    for (const attempt of attempts) byDelivery.get(attempt.delivery_id)?.push(attemptOf(attempt));
    return rows.map((row) => viewOf(row, byDelivery.get(row.id) ?? []));
  }
}

function viewOf(row: DeliveryRow, attempts: AttemptView[]): DeliveryView {
  return {
    deliveryId: row.id,
    conversionId: row.conversion_id,
    joinId: row.join_id,
    pixelId: row.pixel_id,
    siteId: row.site_id,
    chatId: row.chat_id,
    eventId: row.event_id,
    eventName: row.event_name,
    state: row.state,
    joinedAt: row.at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
    note: row.note,
    attempts,
  };
}

function attemptOf(row: AttemptRow): AttemptView {
  return {
    number: row.number,
    startedAt: row.started_at.toISOString(),
    durationMs: row.duration_ms,
    verdict: row.verdict,
    explanation: row.explanation,
    httpStatus: row.http_status,
    code: row.code === null ? null : Number(row.code),
    message: row.message,
    requestId: row.request_id,
  };
}
