import type { TikTokRequestFault } from '../faults';

/** A request as it came and what was answered. The token is never kept. */
export interface LoggedRequest {
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  readonly path: string;
  readonly pixelCode: string | null;
  readonly events: number;
  readonly testEventCode: string | null;
  readonly fault: TikTokRequestFault | null;
  /** Null where the answer was lost. */
  readonly httpStatus: number | null;
  /** TikTok's return code; null where the answer carried none that can be read. */
  readonly code: number | null;
  readonly message: string | null;
  readonly requestId: string;
}

const KEPT = 5000;

/** The newest requests, and sums over all. */
export class RequestLog {
  private readonly kept: LoggedRequest[] = [];
  private total = 0;
  private readonly byOutcome = new Map<string, number>();

  add(request: LoggedRequest): void {
    this.total++;
    const outcome = request.fault ?? `code${request.code ?? 'less'}`;
    this.byOutcome.set(outcome, (this.byOutcome.get(outcome) ?? 0) + 1);
    this.kept.push(request);
    // Cut in blocks: taking one off the front each time would copy the list for each request.
    if (this.kept.length >= 2 * KEPT) this.kept.splice(0, this.kept.length - KEPT);
  }

  /** Newest first. */
  newest(limit: number): readonly LoggedRequest[] {
    return this.kept.slice(-Math.min(limit, KEPT)).reverse();
  }

  /** How many requests there were, by fault or by return code, e.g. `{lostAnswer: 2, code0: 40}`. */
  sums(): { readonly requests: number; readonly byOutcome: Readonly<Record<string, number>> } {
    return { requests: this.total, byOutcome: Object.fromEntries(this.byOutcome) };
  }
}
