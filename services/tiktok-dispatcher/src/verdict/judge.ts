import type { Verdict } from '@clickjoin/contracts';
import {
  FAILURE_MEANINGS,
  INTERRUPTED,
  meaningOfCode,
  meaningOfStatus,
  type Meaning,
  type Failure,
  type Retry,
} from './return-codes';

/** What came of a request. */
export type Answer =
  | {
      readonly kind: 'answer';
      readonly httpStatus: number;
      readonly bodyText: string;
      /** As the `Retry-After` header asks; TikTok documents none, gateways before it may send one. */
      readonly retryAfterMs?: number | undefined;
    }
  | { readonly kind: 'failure'; readonly failure: Failure }
  /** Nobody is left who knows: the worker crashed, and its lease ran out. */
  | { readonly kind: 'interrupted' };

export interface Judgement {
  readonly verdict: Verdict;
  readonly retry: Retry;
  readonly explanation: string;
  readonly retryAfterMs?: number | undefined;
  readonly httpStatus?: number | undefined;
  readonly code?: number | undefined;
  /** TikTok's own words. They may quote the event, personal data and all: kept bounded, never logged. */
  readonly message?: string | undefined;
  readonly requestId?: string | undefined;
}

const MAX_MESSAGE_LENGTH = 2000;
const MAX_REQUEST_ID_LENGTH = 200;
/** Postgres takes no larger integer; TikTok's codes have five digits. */
const MAX_CODE = 2_147_483_647;

/**
 * What an answer means. The code in the body decides, whatever the HTTP status: TikTok answers 200 to rejected
 * events (reference/tiktok-events-api.md §4). Pure and total.
 */
export function judge(answer: Answer): Judgement {
  if (answer.kind === 'interrupted') return judgementOf(INTERRUPTED);
  if (answer.kind === 'failure') return judgementOf(FAILURE_MEANINGS[answer.failure]);

  const { httpStatus, bodyText, retryAfterMs } = answer;
  const envelope = parseEnvelope(bodyText);
  const meaning = envelope.code === undefined ? meaningOfStatus(httpStatus) : meaningOfCode(envelope.code);
  return { ...judgementOf(meaning), ...envelope, httpStatus, retryAfterMs };
}

const judgementOf = ({ verdict, retry, explanation }: Meaning): Judgement => ({
  verdict,
  retry,
  explanation,
});

type Envelope = Pick<Judgement, 'code' | 'message' | 'requestId'>;

function parseEnvelope(text: string): Envelope {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // HTML of a gateway, half an answer, nothing: no code.
    return {};
  }
  if (typeof parsed !== 'object' || parsed === null) return {};
  const { code, message, request_id: requestId } = parsed as Record<string, unknown>;
  return {
    code: codeOf(code),
    message: textOf(message, MAX_MESSAGE_LENGTH),
    requestId: textOf(requestId, MAX_REQUEST_ID_LENGTH),
  };
}

/** A whole number, or the same as a string, as some gateways rewrite it. Anything else is no code. */
function codeOf(value: unknown): number | undefined {
  const code = typeof value === 'string' && /^(0|-?[1-9]\d{0,9})$/.test(value) ? Number(value) : value;
  return Number.isInteger(code) && Math.abs(code as number) <= MAX_CODE ? (code as number) : undefined;
}

function textOf(value: unknown, maxLength: number): string | undefined {
  if (typeof value !== 'string') return undefined;
  // Postgres takes no NUL in text; half a surrogate pair, which the cut may leave, is no UTF-8.
  const clean = Buffer.from(value.replaceAll('\0', '').slice(0, maxLength), 'utf8').toString('utf8');
  return clean === '' ? undefined : clean;
}
