import {
  encode,
  type OutboundRecord,
  REJECTED_BODY_MAX_BYTES,
  type RecordContext,
  topics,
  type UpdateRejected,
} from '@clickjoin/contracts';
import type { TelegramEvent } from '../translate/translation';

/** @throws ContractViolation when the translation made something that is not in the contract */
export function recordOf(translated: TelegramEvent, context: RecordContext): OutboundRecord {
  switch (translated.type) {
    case 'JoinReceived':
      return encode(topics.joinReceived, translated.event, context);
    case 'MemberLeft':
      return encode(topics.memberLeft, translated.event, context);
    case 'BotStarted':
      return encode(topics.botStarted, translated.event, context);
    case 'ChatMigrated':
      return encode(topics.chatMigrated, translated.event, context);
    case 'ChannelDetected':
      return encode(topics.channelDetected, translated.event, context);
  }
}

/** The update as it came. A body that Kafka would refuse for its size is cut: the update must be acknowledged. */
export function rejectedRecordOf(
  rejected: Pick<UpdateRejected, 'botId' | 'receivedAt' | 'reason'> & { readonly body: Buffer },
  context: RecordContext,
): OutboundRecord {
  const { botId, receivedAt, body } = rejected;
  const isCut = body.length > REJECTED_BODY_MAX_BYTES;
  const reason = isCut
    ? `${rejected.reason} (the first ${REJECTED_BODY_MAX_BYTES} of ${body.length} bytes are kept)`
    : rejected.reason;
  return encode(
    topics.updateRejected,
    { botId, receivedAt, reason, body: body.subarray(0, REJECTED_BODY_MAX_BYTES).toString('base64') },
    context,
  );
}
