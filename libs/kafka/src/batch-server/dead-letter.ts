import { type Clock, deadLetterTopic } from '@clickjoin/contracts';
import type { PublishableRecord } from '../publisher/record';
import type { RawMessage } from './raw-message';

export interface Origin {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
}

/** Enough to see what happened; the whole story is in the log. */
const REASON_LENGTH = 1_000;

/** The original's bytes, with what became of it in `dlq_*` headers. Replaying it needs nothing else. */
export const deadLetterRecord = (
  { record, offset }: RawMessage,
  reason: string,
  { group, topic, partition }: Origin,
  clock: Clock,
): PublishableRecord => ({
  topic: deadLetterTopic(topic, group),
  key: record.key,
  value: record.value,
  headers: {
    ...record.headers,
    dlq_reason: reason.slice(0, REASON_LENGTH),
    dlq_topic: topic,
    dlq_partition: String(partition),
    dlq_offset: String(offset),
    dlq_group: group,
    dlq_time: new Date(clock.now()).toISOString(),
  },
});
