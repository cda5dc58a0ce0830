import type { DeliveryState, MatchLevel, Verdict } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Page, Position } from '../api/cursor';
import { KeysetReader, type Branch, type KeysetTable } from '../api/keyset';
import type { AttemptView, DeliveriesFilter, DeliveriesQuery, DeliveryView } from './delivery.dto';

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
  readonly match_level: MatchLevel | null;
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

const DELIVERIES: KeysetTable = {
  table: 'delivery',
  at: 'joined_at',
  id: 'delivery_id',
  columns: `
    t.delivery_id AS id, t.joined_at AS at, t.conversion_id, t.join_id, t.pixel_id, t.site_id, t.chat_id,
    t.event_id, t.event_name, t.state, t.updated_at, t.next_attempt_at, t.note, t.match_level`,
};

/** The read side of the deliveries' read model. */
@Injectable()
export class DeliveriesReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly keyset: KeysetReader,
  ) {}

  /** By the time of the join, newest first. @throws Problem 400 for a cursor of another list. */
  async page(query: DeliveriesQuery): Promise<Page<DeliveryView>> {
    const { items, nextCursor } = await this.keyset.page<DeliveryRow>(DELIVERIES, branchesOf(query), query);
    return { items: await this.withAttempts(items), nextCursor };
  }

  /** The whole list, some at a time. */
  async *all(filter: DeliveriesFilter): AsyncGenerator<readonly DeliveryView[]> {
    for await (const rows of this.keyset.all<DeliveryRow>(DELIVERIES, branchesOf(filter)))
      yield await this.withAttempts(rows);
  }

  async find(deliveryId: string): Promise<DeliveryView | undefined> {
    const branch: Branch = { where: (conditions) => conditions.add('delivery_id = ?', deliveryId) };
    const { items } = await this.keyset.page<DeliveryRow>(DELIVERIES, [branch], { limit: 1 });
    return (await this.withAttempts(items))[0];
  }

  async ofJoin(joinId: string): Promise<DeliveryView[]> {
    const branch: Branch = { where: (conditions) => conditions.add('join_id = ?', joinId) };
    const { items } = await this.keyset.page<DeliveryRow>(DELIVERIES, [branch], { limit: 200 });
    return this.withAttempts(items);
  }

  /** As the database is asked: for the test that looks at the plans. */
  statement(filter: DeliveriesFilter): { readonly sql: string; readonly parameters: unknown[] } {
    return this.keyset.statement(DELIVERIES, branchesOf(filter), undefined, 51);
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

const branchesOf = ({ state, pixelId, siteId, chatId, from, to }: DeliveriesFilter): Branch[] => [
  {
    where: (conditions) =>
      conditions
        .add('state = ?', state)
        .add('pixel_id = ?', pixelId)
        .add('site_id = ?', siteId)
        .add('chat_id = ?', chatId)
        .add('joined_at >= ?', from)
        .add('joined_at < ?', to),
  },
];

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
    matchLevel: row.match_level,
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
