/** Every update type of Bot API 10.2, in the order in which `getWebhookInfo` lists them. */
const KNOWN = [
  'message',
  'edited_message',
  'channel_post',
  'edited_channel_post',
  'inline_query',
  'chosen_inline_result',
  'callback_query',
  'shipping_query',
  'pre_checkout_query',
  'poll',
  'poll_answer',
  'my_chat_member',
  'chat_member',
  'chat_join_request',
  'chat_boost',
  'removed_chat_boost',
  'message_reaction',
  'message_reaction_count',
  'business_connection',
  'business_message',
  'edited_business_message',
  'deleted_business_messages',
  'purchased_paid_media',
] as const;

/** `chat_member` is the one that join tracking needs, and it is off unless named. */
const OFF_BY_DEFAULT: readonly string[] = ['chat_member', 'message_reaction', 'message_reaction_count'];

/** The types that are queued; `undefined` is Telegram's default. */
export type AllowedUpdates = readonly string[] | undefined;

/**
 * The setting after a call that named `requested` (reference telegram-bot-api.md, 2.7): not named keeps it, `[]`
 * resets it to the default, unknown names are ignored, and a list without one known name is the default.
 */
export function changeAllowedUpdates(
  current: AllowedUpdates,
  requested: readonly string[] | undefined,
): AllowedUpdates {
  if (requested === undefined) return current;
  const known = KNOWN.filter((type) => requested.includes(type));
  if (known.length === 0) return undefined;
  const isDefault = KNOWN.every((type) => known.includes(type) !== OFF_BY_DEFAULT.includes(type));
  return isDefault ? undefined : known;
}

export function isAllowed(allowed: AllowedUpdates, type: string): boolean {
  return allowed === undefined ? !OFF_BY_DEFAULT.includes(type) : allowed.includes(type);
}
