import { decode, REJECTED_BODY_MAX_BYTES, topics, type UpdateRejected } from '@clickjoin/contracts';
import { rejectedRecordOf } from './records';
import { traceparentOf } from './traceparent';

const rejected = (body: Buffer): UpdateRejected => {
  const { value } = rejectedRecordOf(
    { botId: '7409988776', receivedAt: '2026-08-29T10:40:00.000Z', reason: 'not JSON', body },
    { source: 'join-service' },
  );
  // Kafka's default limit of a record, with room for key and headers.
  expect(value.length).toBeLessThan(1_000_000);
  const decoded = decode(topics.updateRejected, value);
  if (!decoded.ok) throw new Error(decoded.reason);
  return decoded.event;
};

describe('a rejected update', () => {
  it('is kept as it came, whatever bytes it has', () => {
    const body = Buffer.from([0xff, 0xfe, 0x00, 0x7b, 0xc3]);
    expect(Buffer.from(rejected(body).body, 'base64')).toEqual(body);
  });

  it('is kept whole up to more than Telegram ever sends', () => {
    const body = Buffer.alloc(REJECTED_BODY_MAX_BYTES, '{');
    expect(REJECTED_BODY_MAX_BYTES).toBeGreaterThan(512 * 1024);
    expect(rejected(body)).toMatchObject({ reason: 'not JSON', body: body.toString('base64') });
  });

  it('is cut, and says so, where Kafka would refuse it', () => {
    const event = rejected(Buffer.alloc(1_048_576, '{'));
    expect(Buffer.from(event.body, 'base64')).toHaveLength(REJECTED_BODY_MAX_BYTES);
    expect(event.reason).toBe('not JSON (the first 614400 of 1048576 bytes are kept)');
  });
});

describe('traceparentOf', () => {
  it('is the same for a redelivery, and differs for another bot or update', () => {
    const body = Buffer.from('{"update_id":1}');
    const trace = traceparentOf('7409988776', body);
    expect(trace).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(traceparentOf('7409988776', Buffer.from(body))).toBe(trace);
    expect(traceparentOf('7409988777', body)).not.toBe(trace);
    expect(traceparentOf('7409988776', Buffer.from('{"update_id":2}'))).not.toBe(trace);
  });
});
