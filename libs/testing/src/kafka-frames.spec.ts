import { KafkaFrames, requestHead, responseCorrelationId } from './kafka-frames';

const frame = (body: readonly number[]): Buffer => Buffer.from([0, 0, 0, body.length, ...body]);

describe('KafkaFrames', () => {
  const first = frame([0, 3, 0, 6, 0, 0, 0, 9]);
  const second = frame([1, 2, 3, 4]);

  it.each([1, 2, 3, 5, 7, 100])('finds whole messages in pieces of %i bytes', (size) => {
    const stream = Buffer.concat([first, second, first]);
    const frames = new KafkaFrames();
    const found: Buffer[] = [];
    for (let at = 0; at < stream.length; at += size)
      found.push(...frames.push(stream.subarray(at, at + size)));
    expect(found).toEqual([first, second, first]);
  });

  it('reads what a request asks for, and which request a response answers', () => {
    expect(requestHead(first)).toEqual({ apiKey: 3, correlationId: 9 });
    expect(responseCorrelationId(frame([0, 0, 1, 0]))).toBe(256);
  });
});
