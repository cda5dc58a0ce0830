import { inviteCodeOf, startPayloadOf, type ChannelConfigured } from '@clickjoin/contracts';

export const USERNAME = /^[A-Za-z][A-Za-z0-9_]{3,31}$/;

/** The only three forms of a `Location` here: nothing that a visitor or a setting holds can send people elsewhere. */
export function inviteAddress(url: string): string | undefined {
  const code = inviteCodeOf(url);
  return code === undefined ? undefined : `https://t.me/+${code}`;
}

/** Of a public channel. */
export function publicAddress({ username }: Pick<ChannelConfigured, 'username'>): string | undefined {
  return username !== undefined && USERNAME.test(username) ? `https://t.me/${username}` : undefined;
}

/** Of the bot, with the click in it. Undefined when the bot is not known, or the chat is none that has a payload. */
export function botStartAddress(
  botUsername: string | undefined,
  chatId: string,
  clickId: string,
): string | undefined {
  if (botUsername === undefined || !USERNAME.test(botUsername) || !chatId.startsWith('-')) return undefined;
  return `https://t.me/${botUsername}?start=${startPayloadOf(chatId, clickId)}`;
}
