import type { DeliveryState, MatchQuality, Verdict, WireFormat } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { writeRequest } from '../build-request/write-request';
import { DispatcherConfig } from '../config';
import { DELIVERY_COLUMNS, type DeliveryRow } from '../delivery/delivery-row';
import { shownRequest } from '../tiktok/shown-request';

/** A delivery with all that was sent and all that came back. The token is in none of it. */
export interface DeliveryDetail {
  readonly deliveryId: string;
  readonly conversionId: string;
  readonly joinId: string;
  readonly pixelId: string;
  readonly siteId: string;
  readonly chatId: string;
  readonly eventId: string;
  readonly state: DeliveryState;
  readonly revision: number;
  readonly joinedAt: string;
  readonly updatedAt: string;
  readonly nextAttemptAt?: string;
  readonly firstUnknownAt?: string;
  readonly note?: string;
  readonly matchQuality?: MatchQuality;
  /** Since when the request is erased: it was no longer needed, or the person asked to be forgotten. */
  readonly erasedAt?: string;
  /** Frozen at the first attempt; as it is sent when the event travels alone. */
  readonly request?: {
    readonly eventName: string;
    readonly wireFormat: WireFormat;
    readonly url: string;
    /** The token is not shown. */
    readonly headers: Readonly<Record<string, string>>;
    /** The very bytes. */
    readonly body: string;
    /** The event's part of them, which is the same in a batch. */
    readonly event: string;
  };
  readonly attempts: readonly AttemptDetail[];
}

export interface AttemptDetail {
  readonly number: number;
  readonly startedAt: string;
  /** How many travelled in its request, this one included. */
  readonly events: number;
  /** The rest is absent while the attempt is under way. */
  readonly durationMs?: number;
  readonly verdict?: Verdict;
  readonly explanation?: string;
  readonly httpStatus?: number;
  readonly code?: number;
  readonly message?: string;
  readonly requestId?: string;
}

interface FullRow extends DeliveryRow {
  readonly first_unknown_at: Date | null;
  readonly wire_format: WireFormat | null;
  readonly pixel_code: string | null;
  readonly event_json: string | null;
  readonly test_event_code: string | null;
  readonly erased_at: Date | null;
}

interface AttemptRow {
  readonly number: number;
  readonly started_at: Date;
  readonly events: number;
  readonly duration_ms: number | null;
  readonly verdict: Verdict | null;
  readonly explanation: string | null;
  readonly http_status: number | null;
  readonly code: number | null;
  readonly message: string | null;
  readonly request_id: string | null;
}

@Injectable()
export class DeliveryStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly config: DispatcherConfig,
  ) {}

  async find(deliveryId: string): Promise<DeliveryDetail | undefined> {
    const [row]: FullRow[] = await this.dataSource.query(
      `SELECT ${DELIVERY_COLUMNS}, d.first_unknown_at, d.wire_format, d.pixel_code, d.event_json,
              d.test_event_code, d.erased_at
       FROM delivery d WHERE d.delivery_id = $1`,
      [deliveryId],
    );
    if (row === undefined) return undefined;
    const attempts: AttemptRow[] = await this.dataSource.query(
      `SELECT number, started_at, events, duration_ms, verdict, explanation, http_status, code, message, request_id
       FROM attempt WHERE delivery_id = $1 ORDER BY number`,
      [deliveryId],
    );
    return detailOf(row, attempts, this.config.tiktokApiUrl);
  }
}

function detailOf(row: FullRow, attempts: readonly AttemptRow[], baseUrl: string): DeliveryDetail {
  const request = requestOf(row, baseUrl);
  return {
    deliveryId: row.delivery_id,
    conversionId: row.conversion_id,
    joinId: row.join_id,
    pixelId: row.pixel_id,
    siteId: row.site_id,
    chatId: row.chat_id,
    eventId: row.event_id,
    state: row.state,
    revision: row.revision,
    joinedAt: row.joined_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    ...(row.next_attempt_at === null ? {} : { nextAttemptAt: row.next_attempt_at.toISOString() }),
    ...(row.first_unknown_at === null ? {} : { firstUnknownAt: row.first_unknown_at.toISOString() }),
    ...(row.note === null ? {} : { note: row.note }),
    ...(row.match_quality === null ? {} : { matchQuality: row.match_quality }),
    ...(row.erased_at === null ? {} : { erasedAt: row.erased_at.toISOString() }),
    ...(request === undefined ? {} : { request }),
    attempts: attempts.map((attempt) => ({
      number: attempt.number,
      startedAt: attempt.started_at.toISOString(),
      events: attempt.events,
      ...(attempt.duration_ms === null ? {} : { durationMs: attempt.duration_ms }),
      ...(attempt.verdict === null ? {} : { verdict: attempt.verdict }),
      ...(attempt.explanation === null ? {} : { explanation: attempt.explanation }),
      ...(attempt.http_status === null ? {} : { httpStatus: attempt.http_status }),
      ...(attempt.code === null ? {} : { code: attempt.code }),
      ...(attempt.message === null ? {} : { message: attempt.message }),
      ...(attempt.request_id === null ? {} : { requestId: attempt.request_id }),
    })),
  };
}

function requestOf(row: FullRow, baseUrl: string): DeliveryDetail['request'] {
  const { event_name, wire_format, pixel_code, event_json, test_event_code } = row;
  if (event_name === null || wire_format === null || pixel_code === null || event_json === null)
    return undefined;
  const request = writeRequest([
    {
      wireFormat: wire_format,
      pixelCode: pixel_code,
      eventName: event_name,
      eventJson: event_json,
      testEventCode: test_event_code ?? undefined,
    },
  ]);
  return {
    eventName: event_name,
    wireFormat: wire_format,
    ...shownRequest(baseUrl, request),
    event: event_json,
  };
}
