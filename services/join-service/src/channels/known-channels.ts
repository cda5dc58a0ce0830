import { Injectable } from '@nestjs/common';
import { type ChannelDetected, topics } from '@clickjoin/contracts';
import { InjectTable, type SettingsTable } from '@clickjoin/kafka';

const keyOf = (chatId: string, botId: string): string => `${chatId}:${botId}`;

/**
 * What is known of each bot in each channel: what the log says, and what this instance has published and will read
 * back in a moment. Without the second, each of a hundred joins after a change of title would publish the change.
 */
@Injectable()
export class KnownChannels {
  private readonly published = new Map<string, ChannelDetected>();

  constructor(@InjectTable(topics.channelDetected) private readonly table: SettingsTable<ChannelDetected>) {
    table.onChange((key, logged) => {
      const ours = this.published.get(key);
      if (ours !== undefined && logged !== undefined && logged.observedAt >= ours.observedAt) {
        this.published.delete(key);
      }
    });
  }

  find(chatId: string, botId: string): ChannelDetected | undefined {
    const key = keyOf(chatId, botId);
    return this.published.get(key) ?? this.table.get(key);
  }

  /** The newest that any bot has seen of the channel. */
  newest(chatId: string): ChannelDetected | undefined {
    return this.all()
      .filter((known) => known.chatId === chatId)
      .reduce<ChannelDetected | undefined>(
        (newest, known) => (newest === undefined || known.observedAt > newest.observedAt ? known : newest),
        undefined,
      );
  }

  all(): readonly ChannelDetected[] {
    return this.table.all().map((logged) => this.find(logged.chatId, logged.botId) ?? logged);
  }

  /** It is in the log now. */
  wasPublished(event: ChannelDetected): void {
    const known = this.find(event.chatId, event.botId);
    if (known !== undefined && known.observedAt > event.observedAt) return;
    this.published.set(keyOf(event.chatId, event.botId), event);
  }
}
