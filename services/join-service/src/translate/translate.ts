import { Fields, Malformed } from './fields';
import { translateJoinRequest } from './translate-join-request';
import { translateMemberChange } from './translate-member-change';
import { translateMessage } from './translate-message';
import { translateOwnChange } from './translate-own-change';
import { skipped, type Translation } from './translation';

const REASON_MAX_LENGTH = 500;

/** Of an update's many types, those that `allowed_updates` asks for. */
const TRANSLATORS: Readonly<Record<string, (botId: string, payload: Fields) => Translation>> = {
  chat_member: translateMemberChange,
  my_chat_member: translateOwnChange,
  message: translateMessage,
  chat_join_request: translateJoinRequest,
};

/**
 * What an update means, by its own facts alone: the same update gives the same events, whenever and however often
 * it comes. Never throws.
 * @param botId of the bot that got the update
 */
export function translate(botId: string, body: unknown): Translation {
  try {
    const update = Fields.of(body, 'update');
    update.integer('update_id');
    for (const [type, translateType] of Object.entries(TRANSLATORS)) {
      if (update.has(type)) return translateType(botId, update.object(type));
    }
    return skipped('unknown-update-type');
  } catch (error) {
    // Our own mistake must not stall the bot's queue either: the update is kept as it came, and can be replayed.
    const reason = error instanceof Malformed ? error.message : `translation failed: ${String(error)}`;
    return { kind: 'rejected', reason: reason.slice(0, REASON_MAX_LENGTH) };
  }
}
