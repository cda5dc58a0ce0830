import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  type BotConfigured,
  openSecret,
  parseSecretKeys,
  secretRecords,
  type SecretKeyring,
  topics,
  type UpdateSource,
} from '@clickjoin/contracts';
import { InjectTable, type SettingsTable } from '@clickjoin/kafka';
import { JoinServiceConfig } from '../config';
import { secretDigestOf } from './webhook-secret';

export interface Bot {
  readonly botId: string;
  readonly token: string;
  /** What Telegram is told to put into each request of its webhook. */
  readonly webhookSecret: string;
  /**
   * SHA-256 of all secrets that are taken: while one is exchanged for another, updates are under way with both. Made
   * once, since every request is compared with them.
   */
  readonly secretDigests: readonly Buffer[];
  /** Undefined: as this installation does it by default. */
  readonly updatesBy: UpdateSource | undefined;
}

/** `sealed`: known, but sealed with a key that is not in SECRET_KEYS: our fault, not the sender's. */
export type BotLookup =
  { readonly kind: 'known'; readonly bot: Bot } | { readonly kind: 'sealed' } | { readonly kind: 'unknown' };

/** The bots of the settings, with their secrets open. Each is opened once for each version, not for each update. */
@Injectable()
export class BotDirectory {
  private readonly logger = new Logger(BotDirectory.name);
  private readonly keyring: SecretKeyring;
  private readonly opened = new WeakMap<BotConfigured, BotLookup>();

  constructor(
    @InjectTable(topics.bot) private readonly table: SettingsTable<BotConfigured>,
    @Inject(JoinServiceConfig) { secretKeys }: Pick<JoinServiceConfig, 'secretKeys'>,
  ) {
    this.keyring = parseSecretKeys(secretKeys);
  }

  /** Before that, an unknown bot may just not have been read yet. */
  isReady(): boolean {
    return this.table.isReady();
  }

  find(botId: string): BotLookup {
    const record = this.table.get(botId);
    if (record === undefined) return { kind: 'unknown' };
    const known = this.opened.get(record);
    if (known !== undefined) return known;
    const lookup = this.open(record);
    this.opened.set(record, lookup);
    return lookup;
  }

  botIds(): readonly string[] {
    return this.table.all().map(({ botId }) => botId);
  }

  /** Called with each bot that was added, changed or removed. @returns stops the calls */
  onChange(listener: (botId: string) => void): () => void {
    return this.table.onChange((botId) => listener(botId));
  }

  private open(record: BotConfigured): BotLookup {
    const { botId } = record;
    try {
      const webhookSecret = openSecret(
        this.keyring,
        secretRecords.botWebhookSecret(botId),
        record.webhookSecret,
      );
      const previous = this.openPrevious(record);
      return {
        kind: 'known',
        bot: {
          botId,
          token: openSecret(this.keyring, secretRecords.botToken(botId), record.token),
          webhookSecret,
          secretDigests: [webhookSecret, ...(previous === undefined ? [] : [previous])].map(secretDigestOf),
          updatesBy: record.updatesBy,
        },
      };
    } catch (error) {
      this.logger.error({ botId, err: error }, 'a bot is left out: its secrets do not open');
      return { kind: 'sealed' };
    }
  }

  /** One that does not open is on its way out anyway, and no reason to leave the bot out. */
  private openPrevious({ botId, previousWebhookSecret }: BotConfigured): string | undefined {
    if (previousWebhookSecret === undefined) return undefined;
    try {
      return openSecret(this.keyring, secretRecords.botPreviousWebhookSecret(botId), previousWebhookSecret);
    } catch (error) {
      this.logger.warn({ botId, err: error }, 'the previous webhook secret of a bot does not open');
      return undefined;
    }
  }
}
