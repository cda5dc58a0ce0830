import { Retriable } from '../errors';

/** The queue is full: refuse new work (HTTP 503) instead of letting everybody wait. Nothing was written. */
export class Overloaded extends Retriable {
  readonly mayBeWritten = false;
}

/** The publisher is shutting down. */
export class PublisherClosed extends Retriable {
  constructor(readonly mayBeWritten: boolean) {
    super('the publisher is closed');
  }
}

/**
 * No acknowledgement until the caller's deadline. With `mayBeWritten: false` the record was still waiting and
 * has been withdrawn; with `true` it is on its way and may turn up in the topic: publish it again under the
 * same id, never under a new one.
 */
export class PublishTimeout extends Retriable {
  constructor(
    readonly deadlineMs: number,
    readonly mayBeWritten: boolean,
  ) {
    super(`not acknowledged within ${deadlineMs} ms${mayBeWritten ? ', outcome unknown' : ', withdrawn'}`);
  }
}

/** Kafka did not take the batch, after all retries. */
export class PublishFailed extends Retriable {
  constructor(
    message: string,
    readonly mayBeWritten: boolean,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** This record can't be written, now or later: too large, unknown topic. Its neighbours are not affected. */
export class RecordRejected extends Error {
  readonly mayBeWritten = false;

  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = new.target.name;
  }
}
