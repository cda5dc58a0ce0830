/** Cuts a stream of Kafka's length-prefixed messages into whole messages, each with its length in front. */
export class KafkaFrames {
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Buffer[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Buffer[] = [];
    while (this.#rest.length >= 4) {
      const end = 4 + this.#rest.readInt32BE(0);
      if (this.#rest.length < end) break;
      frames.push(this.#rest.subarray(0, end));
      this.#rest = this.#rest.subarray(end);
    }
    return frames;
  }
}

/** The head of a request: which API it calls, and the number its response will carry. */
export function requestHead(frame: Buffer): { apiKey: number; correlationId: number } {
  return { apiKey: frame.readInt16BE(4), correlationId: frame.readInt32BE(8) };
}

export function responseCorrelationId(frame: Buffer): number {
  return frame.readInt32BE(4);
}
