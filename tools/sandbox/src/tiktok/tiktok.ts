import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock';
import type { FaultBook, TikTokRequestFault } from '../faults';
import { isObject, type JsonObject } from '../input';
import { problem } from './checks';
import { copiesIn, type Endpoint, type EventCopy } from './endpoints';
import { EventLedger, type SeenEvent } from './event-ledger';
import { RequestLog, type LoggedRequest } from './request-log';
import { CODE } from './return-codes';

/** TikTok's envelope; the verdict is `code`, whatever the HTTP status. */
export interface Envelope {
  readonly code: number;
  readonly message: string;
  readonly request_id: string;
  readonly data: JsonObject;
}

export type TikTokAnswer =
  | {
      readonly kind: 'json';
      readonly status: number;
      readonly envelope: Envelope;
      readonly retryAfterSeconds?: number;
    }
  | { readonly kind: 'raw'; readonly status: number; readonly contentType: string; readonly text: string }
  | { readonly kind: 'lost' };

export interface TikTokSummary {
  readonly requests: number;
  readonly byOutcome: Readonly<Record<string, number>>;
  /** Different events seen. */
  readonly events: number;
  readonly received: number;
  readonly accepted: number;
  readonly duplicatesDropped: number;
  readonly refused: number;
}

interface Verdict {
  readonly code: number;
  readonly message: string;
}

const OK: Verdict = { code: CODE.ok, message: 'OK' };
const PARTIAL: Verdict = { code: CODE.partial, message: 'Partially successful' };
const HTML = '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>';

/** TikTok's side: pixels, tokens, and which events were counted. */
export class TikTokStandIn {
  private readonly tokenByPixel = new Map<string, string>();
  private ledger = new EventLedger();
  private testLedger = new EventLedger();
  private log = new RequestLog();
  private rejects: (copy: EventCopy) => boolean = () => false;

  constructor(
    private readonly clock: Clock,
    private readonly faults: FaultBook,
  ) {}

  /** Adds the pixel, or gives it a new token. One token may serve several pixels. */
  addPixel({ pixelCode, accessToken }: { readonly pixelCode: string; readonly accessToken: string }): void {
    this.tokenByPixel.set(pixelCode, accessToken);
  }

  /** Events for which this is true are refused with 40002, beside those of `rejectEventIds`. For tests in-process. */
  rejectWhen(predicate: (copy: EventCopy) => boolean): void {
    this.rejects = predicate;
  }

  /** Test events are not among them. */
  events(): readonly SeenEvent[] {
    return this.ledger.events();
  }

  /** Events that carried a test_event_code: shown, never counted. */
  testEvents(): readonly SeenEvent[] {
    return this.testLedger.events();
  }

  /** Newest first. */
  requests(limit = 100): readonly LoggedRequest[] {
    return this.log.newest(limit);
  }

  summary(): TikTokSummary {
    return { ...this.log.sums(), events: this.ledger.size, ...this.ledger.totals };
  }

  reset(): void {
    this.tokenByPixel.clear();
    this.ledger = new EventLedger();
    this.testLedger = new EventLedger();
    this.log = new RequestLog();
    this.rejects = () => false;
  }

  /** Decides one request, faults included. Never throws for what the sender did wrong. */
  answer(endpoint: Endpoint, token: string | undefined, rawBody: string): TikTokAnswer {
    const now = this.clock.now();
    const requestId = newRequestId(now);
    const body = parse(rawBody);
    const copies = body ? copiesIn(endpoint, body) : [];
    const testEventCode = typeof body?.['test_event_code'] === 'string' ? body['test_event_code'] : null;
    const ledger = testEventCode === null ? this.ledger : this.testLedger;
    for (const copy of copies) ledger.receive(copy, now);

    const fault = this.faults.forTikTokRequest();
    let verdict: Verdict | undefined;
    if (fault === undefined || isAfterCounting(fault)) {
      verdict = this.verdict(endpoint, token, body, copies);
      for (const [index, copy] of copies.entries()) {
        // Nobody has seen which part it takes: here, of a batch, every other one.
        if (fault === 'partial' && index % 2 === 1) continue;
        if (verdict.code === CODE.ok) ledger.count(copy, now);
        else ledger.refuse(copy, now, verdict.code, verdict.message);
      }
    }
    const answer = this.spoil(fault, verdict ?? OK, requestId);
    const told = answer.kind === 'json' ? answer.envelope : undefined;
    const pixelCode = body ? endpoint.pixelCode(body) : null;
    this.log.add({
      receivedAt: now,
      path: endpoint.path,
      pixelCode: typeof pixelCode === 'string' ? pixelCode : null,
      events: copies.length,
      testEventCode,
      fault: fault ?? null,
      httpStatus: answer.kind === 'lost' ? null : answer.status,
      code: told?.code ?? null,
      message: told?.message ?? null,
      requestId,
    });
    return answer;
  }

  private verdict(
    endpoint: Endpoint,
    token: string | undefined,
    body: JsonObject | undefined,
    copies: readonly EventCopy[],
  ): Verdict {
    if (token === undefined || token === '') return refusal(CODE.tokenMissing, 'Access token is empty.');
    if (![...this.tokenByPixel.values()].includes(token)) {
      return refusal(CODE.tokenUnknown, 'Access token is incorrect or has been revoked.');
    }
    if (!body) return refusal(CODE.parameterError, 'Request body is not a valid JSON object.');
    const pixelCode = endpoint.pixelCode(body);
    if (typeof pixelCode === 'string' && pixelCode !== '') {
      const credential = this.credentialProblem(pixelCode, token);
      if (credential) return credential;
    }
    const found = endpoint.body(body, [], { strict: this.faults.tiktok.strict });
    if (found) return refusal(found.code, endpoint.describe(found));
    const rejected = copies.findIndex((copy) => this.isRejected(copy));
    if (rejected < 0) return OK;
    const items = endpoint.path === '/event/track/' ? 'data' : 'batch';
    const path = endpoint.path === '/pixel/track/' ? ['event'] : [items, String(rejected), 'event'];
    return refusal(CODE.parameterError, endpoint.describe(problem(path, 'Rejected by the sandbox.')));
  }

  private credentialProblem(pixelCode: string, token: string): Verdict | undefined {
    const forced = this.faults.tiktok.credentialErrors[pixelCode];
    if (forced !== undefined)
      return refusal(forced, `Refused by the sandbox for pixel ${pixelCode} until healed.`);
    const rightToken = this.tokenByPixel.get(pixelCode);
    if (rightToken === undefined) return refusal(CODE.noSuchPixel, `Pixel ${pixelCode} does not exist.`);
    if (rightToken !== token)
      return refusal(CODE.noPermission, `No permission to operate pixel ${pixelCode}.`);
    return undefined;
  }

  private isRejected(copy: EventCopy): boolean {
    const { rejectEventIds } = this.faults.tiktok;
    return (copy.eventId !== null && rejectEventIds.includes(copy.eventId)) || this.rejects(copy);
  }

  private spoil(fault: TikTokRequestFault | undefined, verdict: Verdict, requestId: string): TikTokAnswer {
    const json = (status: number, { code, message }: Verdict): TikTokAnswer & { kind: 'json' } => ({
      kind: 'json',
      status,
      envelope: { code, message, request_id: requestId, data: {} },
    });
    switch (fault) {
      case undefined:
        return json(200, verdict);
      case 'lostAnswer':
        return { kind: 'lost' };
      case 'truncatedJson': {
        const whole = JSON.stringify(json(200, verdict).envelope);
        const text = whole.slice(0, Math.floor(whole.length / 2));
        return { kind: 'raw', status: 200, contentType: 'application/json', text };
      }
      case 'htmlBody':
        return { kind: 'raw', status: 502, contentType: 'text/html', text: HTML };
      case 'partial':
        return json(200, verdict.code === CODE.ok ? PARTIAL : verdict);
      case 'code50000':
        return json(200, {
          code: CODE.internalError,
          message: 'Internal service error, please retry later.',
        });
      case 'http500':
        return json(500, {
          code: CODE.internalError,
          message: 'Internal service error, please retry later.',
        });
      case 'throttled':
        return json(200, { code: CODE.throttled, message: 'Too many requests. Please retry later.' });
      case 'http429':
        return {
          ...json(429, { code: CODE.throttled, message: 'Too many requests. Please retry later.' }),
          retryAfterSeconds: this.faults.tiktok.retryAfterSeconds,
        };
    }
  }
}

/** These leave the sender in the dark about events that were counted. */
function isAfterCounting(fault: TikTokRequestFault): boolean {
  return fault === 'lostAnswer' || fault === 'truncatedJson' || fault === 'partial';
}

function refusal(code: number, message: string): Verdict {
  return { code, message };
}

function parse(rawBody: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(rawBody);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The time to the second and then chance, as TikTok's look. */
function newRequestId(now: number): string {
  const digits = new Date(now).toISOString().replace(/\D/g, '').slice(0, 14);
  return `${digits}${randomBytes(10).toString('hex').toUpperCase()}`;
}
