import { CHAT_TYPES, type ChannelDetected } from '@clickjoin/contracts';
import { type TelegramClient, TelegramRefused } from '@clickjoin/telegram';
import type { Bot } from '../bots/bot-directory';

export interface Look {
  readonly telegram: Pick<TelegramClient, 'getChat' | 'getChatMember'>;
  readonly bot: Bot;
  readonly chatId: string;
  /** Undefined for a channel that was only seen in passing. */
  readonly known: ChannelDetected | undefined;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/**
 * Our clock may be ahead of Telegram's, and a removal that happens after the look must not seem older than it: what is
 * seen here is dated back by more than clocks differ.
 */
const CLOCK_MARGIN_MS = 60_000;
const TITLE_MAX_LENGTH = 512;

/**
 * Asks Telegram what a channel is and what the bot may do there. Undefined when nothing can be said: the chat is of
 * another kind, or was never known and can't be looked at.
 * @throws TelegramThrottled, TelegramUnavailable; TelegramRefused when it is about the token
 */
export async function lookAtChannel(look: Look): Promise<ChannelDetected | undefined> {
  const { telegram, bot, chatId, known, nowMs, signal } = look;
  const observedAt = observedAtOf(known, nowMs);
  try {
    const details = await telegram.getChat(bot.token, chatId, { signal });
    const type = CHAT_TYPES.find((each) => each === details.type);
    if (type === undefined) return undefined;
    const rights = await telegram.getChatMember(bot.token, { chatId, userId: bot.botId }, { signal });
    const { username } = details;
    return {
      chatId,
      botId: bot.botId,
      chat: { type, title: details.title.slice(0, TITLE_MAX_LENGTH), isPublic: username !== undefined },
      ...(username === undefined ? {} : { username }),
      botIsAdmin: rights.isAdmin,
      botCanInvite: rights.canInvite,
      observedAt,
    };
  } catch (error) {
    // Thrown out, or the chat is gone: Telegram speaks of a removed bot as of one that never was there.
    if (!(error instanceof TelegramRefused) || error.isAboutToken) throw error;
    if (known === undefined) return undefined;
    return Object.assign({}, known, { botIsAdmin: false, botCanInvite: false, observedAt });
  }
}

/** Later than what is known, so that it counts; else as early as it may be. */
function observedAtOf(known: ChannelDetected | undefined, nowMs: number): string {
  const earliestMs = known === undefined ? 0 : Date.parse(known.observedAt) + 1;
  return new Date(Math.max(earliestMs, nowMs - CLOCK_MARGIN_MS)).toISOString();
}
