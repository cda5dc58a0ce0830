import { Inject, Injectable } from '@nestjs/common';
import { type ChannelConfigured, type Clock, topics } from '@clickjoin/contracts';
import { InjectTable, type SettingsTable } from '@clickjoin/kafka';
import { CLOCK } from '@clickjoin/service-kit';
import { type MessageOrder, TelegramClient } from '@clickjoin/telegram';
import type { Bot } from '../bots/bot-directory';
import { KnownChannels } from '../channels/known-channels';

/** A primary link changes only when somebody revokes it. */
const LINK_KEPT_MS = 10 * 60_000;

/**
 * The way from the bot to the channel. Words of ours would be in the wrong language for most: the channel's title says
 * where the button leads.
 */
@Injectable()
export class StartAnswer {
  private readonly primaryLinks = new Map<string, { readonly url: string; readonly untilMs: number }>();

  constructor(
    private readonly known: KnownChannels,
    @InjectTable(topics.channel) private readonly channels: SettingsTable<ChannelConfigured>,
    @Inject(TelegramClient) private readonly telegram: Pick<TelegramClient, 'getChat'>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Undefined for a channel that is not set up, since a payload comes from a stranger, and for a private one of which
   * Telegram tells no link.
   * @throws TelegramError
   */
  async for(bot: Bot, chatId: string, telegramUserId: string): Promise<MessageOrder | undefined> {
    const atHand = this.atHand(chatId, telegramUserId);
    const title = this.titleOf(chatId);
    if (atHand !== undefined || title === undefined) return atHand;
    const url = await this.primaryLink(bot, chatId);
    return url === undefined ? undefined : leadingTo(url, title, telegramUserId);
  }

  /** Without asking Telegram: of a public channel, all is known. */
  atHand(chatId: string, telegramUserId: string): MessageOrder | undefined {
    const title = this.titleOf(chatId);
    const seen = this.known.newest(chatId);
    const username = seen === undefined ? this.channels.get(chatId)?.username : seen.username;
    if (title === undefined || username === undefined) return undefined;
    return leadingTo(`https://t.me/${username}`, title, telegramUserId);
  }

  private titleOf(chatId: string): string | undefined {
    const channel = this.channels.get(chatId);
    if (channel === undefined) return undefined;
    return (this.known.newest(chatId)?.chat.title ?? channel.chat.title) || channel.slug;
  }

  /**
   * A private channel has no other way in. Bot start links are for public channels, so this is one that has become
   * private since: its visitors are let in, though a join by this link is nobody's. Never made anew, which would revoke
   * the one in use (reference/telegram-bot-api.md §4.1).
   */
  private async primaryLink(bot: Bot, chatId: string): Promise<string | undefined> {
    const key = `${chatId}:${bot.botId}`;
    const kept = this.primaryLinks.get(key);
    if (kept !== undefined && kept.untilMs > this.clock.now()) return kept.url;
    const { inviteLink, username } = await this.telegram.getChat(bot.token, chatId);
    const url = username === undefined ? inviteLink : `https://t.me/${username}`;
    if (url !== undefined) this.primaryLinks.set(key, { url, untilMs: this.clock.now() + LINK_KEPT_MS });
    return url;
  }
}

const leadingTo = (url: string, title: string, chatId: string): MessageOrder => ({
  chatId,
  text: title,
  button: { text: `→ ${title}`, url },
});
