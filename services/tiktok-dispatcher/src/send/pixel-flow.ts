/** How many more requests of a pixel may begin now. */
export interface PixelSlots {
  readonly pixelId: string;
  readonly requests: number;
  /** Of these, how many whatever the others do. */
  readonly byRight: 0 | 1;
  /** It gets no answers: a single event is sent to find out whether that has changed. */
  readonly isTried: boolean;
}

/** So many requests without a proper answer, one after the other, are no chance any more. */
const BAD_IN_A_ROW = { min: 3, max: 8 } as const;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

interface Flow {
  inFlight: number;
  limit: number;
  badInARow: number;
  blockedUntil: number;
}

/**
 * Who may send how much at the moment. Each pixel has its own bound, and one that gets no answers is tried with one
 * event at a time: otherwise a pixel that hangs would fill the process, and an outage would make a whole queue
 * "possibly accepted". A pixel with nothing under way may always begin one request, whatever the others do.
 */
export class PixelFlow {
  private readonly flows = new Map<string, Flow>();
  private count = 0;
  private firstPixel = 0;

  /** @param monotonicMs `performance.now` or the like */
  constructor(
    private readonly max: number,
    private readonly maxPerPixel: number,
    private readonly monotonicMs: () => number,
  ) {}

  get total(): number {
    return this.count;
  }

  begin(pixelId: string): void {
    this.count++;
    this.flowOf(pixelId).inFlight++;
  }

  /** @param isWell whether there was a proper answer; undefined: the request tells nothing about it */
  end(pixelId: string, isWell: boolean | undefined): void {
    this.count--;
    const flow = this.flowOf(pixelId);
    flow.inFlight--;
    if (isWell === true) {
      flow.badInARow = 0;
      flow.limit = Math.min(this.maxPerPixel, flow.limit * 2);
    } else if (isWell === false) {
      flow.badInARow++;
      const over = flow.badInARow - this.tolerated;
      if (over >= 0) {
        flow.limit = 1;
        this.block(pixelId, Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(over, 10)));
      }
    }
  }

  /** Nothing of the pixel begins for so long. */
  block(pixelId: string, ms: number): void {
    const flow = this.flowOf(pixelId);
    flow.blockedUntil = Math.max(flow.blockedUntil, this.monotonicMs() + ms);
  }

  /**
   * The pixels that may begin something, another one first each time, so that none is always last. Each is offered all
   * that is free, since most have nothing to send: whoever begins requests minds the sum.
   */
  slotsFor(pixelIds: readonly string[]): PixelSlots[] {
    const now = this.monotonicMs();
    const first = pixelIds.length === 0 ? 0 : this.firstPixel++ % pixelIds.length;
    const { free } = this;
    return [...pixelIds.slice(first), ...pixelIds.slice(0, first)].flatMap((pixelId): PixelSlots[] => {
      const { inFlight, limit, blockedUntil, badInARow } = this.flowOf(pixelId);
      if (blockedUntil > now) return [];
      const byRight = inFlight === 0 ? 1 : 0;
      const requests = Math.max(byRight, Math.min(limit - inFlight, free));
      if (requests <= 0) return [];
      return [{ pixelId, requests, byRight, isTried: badInARow >= this.tolerated }];
    });
  }

  /** How many requests may begin beyond those that each pixel has by right. */
  get free(): number {
    return Math.max(0, this.max - this.count);
  }

  /** Milliseconds until the next blocked pixel may begin again; undefined: none is blocked. */
  nextInMs(): number | undefined {
    const now = this.monotonicMs();
    const waits = [...this.flows.values()].flatMap(({ blockedUntil }) =>
      blockedUntil > now ? [blockedUntil - now] : [],
    );
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  private get tolerated(): number {
    return Math.min(BAD_IN_A_ROW.max, Math.max(BAD_IN_A_ROW.min, this.maxPerPixel));
  }

  private flowOf(pixelId: string): Flow {
    const known = this.flows.get(pixelId);
    if (known !== undefined) return known;
    const flow = { inFlight: 0, limit: this.maxPerPixel, badInARow: 0, blockedUntil: 0 };
    this.flows.set(pixelId, flow);
    return flow;
  }
}
