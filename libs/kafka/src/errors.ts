/**
 * Something that may go well when it is done again: the batch server runs the same slice once more, a caller
 * may answer 503. Everything else that is thrown counts as the message's or the code's own fault.
 */
export class Retriable extends Error {
  /** Not sooner than this; undefined leaves it to the caller's backoff. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Going on would do harm or go nowhere: the service stops, and says this one sentence. */
export class FatalError extends Error {
  /** kafkajs reads it: false stops its own retries. */
  readonly retriable = false;

  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Kafka did not answer until the deadline. */
export class BrokerUnreachable extends FatalError {}

/** A topic is there, but not as the contract says. */
export class TopicMismatch extends FatalError {}
