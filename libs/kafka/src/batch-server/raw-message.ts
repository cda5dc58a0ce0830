import { decode, type TopicDefinition } from '@clickjoin/contracts';
import type { IHeaders, KafkaMessage } from '../kafkajs';
import type { Message } from './slice';

/** A record as it was fetched, with what it means: a message, or the reason why it is none. */
export interface RawMessage {
  readonly record: KafkaMessage;
  readonly offset: bigint;
  readonly decoded:
    { readonly ok: true; readonly message: Message } | { readonly ok: false; readonly reason: string };
}

export function readMessage(topic: TopicDefinition, record: KafkaMessage): RawMessage {
  const offset = BigInt(record.offset);
  const decoded = decode(topic, record.value);
  if (!decoded.ok) return { record, offset, decoded };
  return {
    record,
    offset,
    decoded: {
      ok: true,
      message: {
        event: decoded.event,
        key: record.key?.toString('utf8') ?? '',
        offset,
        timestamp: Number(record.timestamp),
        headers: textHeaders(record.headers),
        raw: record.value,
      },
    },
  };
}

function textHeaders(headers: IHeaders | undefined): Readonly<Record<string, string>> {
  const text: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    // Of a repeated header the last counts, as with CloudEvents attributes.
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined) text[name] = last.toString('utf8');
  }
  return text;
}
