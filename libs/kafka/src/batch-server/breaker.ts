import { FatalError } from '../errors';

/** Most of the stream makes the handler throw: that is a defect of the handler, not of the messages. */
export class BreakerTripped extends FatalError {}

export interface BreakerOptions {
  /** Fewer messages than this prove nothing. Default 20. */
  readonly minMessages?: number;
  /** How many of the latest messages count. Default 100. */
  readonly window?: number;
}

/**
 * Keeps a defect of ours from emptying the stream into the dead-letter topic: when more than half of the latest
 * messages made the handler throw, the service stops instead.
 */
export class Breaker {
  readonly minMessages: number;
  private readonly window: number;
  private readonly latest: boolean[] = [];
  private thrown = 0;

  constructor(options: BreakerOptions = {}) {
    this.minMessages = options.minMessages ?? 20;
    this.window = options.window ?? 100;
  }

  handled(count: number): void {
    for (let left = Math.min(count, this.window); left > 0; left -= 1) this.record(false);
  }

  /**
   * Called before a message is dead-lettered because the handler threw.
   * @throws BreakerTripped
   */
  threw(cause: unknown): void {
    this.record(true);
    if (this.latest.length >= this.minMessages && this.thrown * 2 > this.latest.length) {
      this.trip(this.thrown, this.latest.length, cause);
    }
  }

  /** @throws BreakerTripped */
  trip(threw: number, of: number, cause: unknown): never {
    throw new BreakerTripped(
      `the handler threw on ${threw} of ${of} messages: stopping instead of dead-lettering the stream`,
      { cause },
    );
  }

  private record(threw: boolean): void {
    this.latest.push(threw);
    if (threw) this.thrown += 1;
    if (this.latest.length > this.window && this.latest.shift() === true) this.thrown -= 1;
  }
}
