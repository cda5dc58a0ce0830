import { Injectable } from '@nestjs/common';
import { topics, type ChannelConfigured, type ChatMigrated } from '@clickjoin/contracts';
import { InjectTable, type SettingsTable } from '@clickjoin/kafka';

/**
 * What channels report, also of a group that has become a supergroup: Telegram gives that another id, and its set-up
 * moves there, while conversions that were decided before still carry the old one.
 */
@Injectable()
export class KnownChannels {
  /** Settles when all settings and migrations are in that were there at start. */
  readonly ready: Promise<void>;

  constructor(
    @InjectTable(topics.channel) private readonly channels: SettingsTable<ChannelConfigured>,
    @InjectTable(topics.chatMigrated) private readonly migrations: SettingsTable<ChatMigrated>,
  ) {
    this.ready = Promise.all([channels.ready, migrations.ready]).then(() => undefined);
  }

  /** The chat's own set-up, else that of what it has become; undefined: there is neither. */
  of(chatId: string): ChannelConfigured | undefined {
    // Telegram's ids never lead back, but a table is no place to trust in that: a circle would stop the service.
    const passed = new Set<string>();
    let id: string | undefined = chatId;
    while (id !== undefined && !passed.has(id)) {
      const channel = this.channels.get(id);
      if (channel !== undefined) return channel;
      passed.add(id);
      id = this.migrations.get(id)?.toChatId;
    }
    return undefined;
  }

  /** Called after each change by which a chat may be known that wasn't before. */
  onChange(listener: () => void): void {
    this.channels.onChange(listener);
    this.migrations.onChange(listener);
  }
}
