import {
  openSecret,
  parseSecretKeys,
  secretRecords,
  topics,
  type BotConfigured,
  type ChannelConfigured,
  type SecretKeyring,
} from '@clickjoin/contracts';
import { InjectTable, type SettingsTable } from '@clickjoin/kafka';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ClickServiceConfig } from '../config';

/** The channels that visitors may come in by, and the bots that make their links: settings tables in memory. */
@Injectable()
export class ChannelDirectory implements OnApplicationShutdown {
  private readonly keyring: SecretKeyring;
  private readonly listeners = new Set<() => void>();
  private readonly stopListening: readonly (() => void)[];
  private slugs: ReadonlyMap<string, ChannelConfigured> | undefined;

  constructor(
    @InjectTable(topics.channel) private readonly channels: SettingsTable<ChannelConfigured>,
    @InjectTable(topics.bot) private readonly bots: SettingsTable<BotConfigured>,
    config: ClickServiceConfig,
  ) {
    this.keyring = parseSecretKeys(config.secretKeys);
    const changed = (): void => {
      this.slugs = undefined;
      for (const listener of this.listeners) listener();
    };
    this.stopListening = [channels.onChange(changed), bots.onChange(changed)];
  }

  /** Until then an unknown slug may be one that has not been read yet. */
  isReady(): boolean {
    return this.channels.isReady() && this.bots.isReady();
  }

  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  bySlug(slug: string): ChannelConfigured | undefined {
    this.slugs ??= indexBySlug(this.channels.all());
    return this.slugs.get(slug);
  }

  all(): readonly ChannelConfigured[] {
    return this.channels.all();
  }

  /** Without `@`; undefined when the bot is not set up. */
  botUsernameOf(botId: string): string | undefined {
    return this.bots.get(botId)?.username;
  }

  /**
   * @returns undefined when the bot is not set up
   * @throws SecretKeyError when the token doesn't open with SECRET_KEYS
   */
  tokenOf(botId: string): string | undefined {
    const bot = this.bots.get(botId);
    return bot && openSecret(this.keyring, secretRecords.botToken(botId), bot.token);
  }

  onApplicationShutdown(): void {
    for (const stop of this.stopListening) stop();
  }
}

/** The dashboard keeps slugs unique. Should two have one all the same, every instance must choose alike. */
function indexBySlug(channels: readonly ChannelConfigured[]): ReadonlyMap<string, ChannelConfigured> {
  const byAge = [...channels].sort((one, other) =>
    one.configuredAt === other.configuredAt
      ? one.chatId.localeCompare(other.chatId)
      : one.configuredAt.localeCompare(other.configuredAt),
  );
  return new Map(byAge.map((channel) => [channel.slug, channel]));
}
