import { randomBytes } from 'node:crypto';
import { secretRecords, topics, type BotConfigured } from '@clickjoin/contracts';
import { Problem } from '@clickjoin/service-kit';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { unprocessable } from '../api/fields';
import { Secrets } from '../settings/secrets';
import { SettingsLog } from '../settings/settings-log';
import { BotEntity } from './bot.entity';
import { TelegramCheck, type TokenCheck } from './telegram-check';

@Injectable()
export class BotsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly telegram: TelegramCheck,
    private readonly secrets: Secrets,
    private readonly log: SettingsLog,
  ) {}

  list(): Promise<BotEntity[]> {
    return this.dataSource.manager.find(BotEntity, { order: { botId: 'ASC' } });
  }

  /**
   * Adds the bot, or gives a known one its new token (Telegram's BotFather makes a new one when the old leaked).
   * @throws Problem 422 when Telegram refuses the token, 503 when Telegram can't be asked.
   */
  async add(token: string): Promise<BotEntity> {
    const found = this.botOf(await this.telegram.whoseToken(token));
    return this.log.change(async (tx) => {
      // For two requests with the same new bot: there is no row yet that they could queue at.
      await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`bot ${found.botId}`]);
      const before = await tx.findOneBy(BotEntity, { botId: found.botId });
      const bot: BotEntity = {
        botId: found.botId,
        username: found.username,
        name: found.name,
        token: this.secrets.seal(secretRecords.botToken(found.botId), token),
        // Stays: Telegram goes on sending the old one until the webhook is registered anew.
        webhookSecret: before?.webhookSecret ?? this.newWebhookSecret(found.botId),
        ...this.log.next(before ?? undefined),
      };
      await tx.upsert(BotEntity, bot, ['botId']);
      await this.publish(tx, bot);
      return bot;
    });
  }

  private botOf(check: TokenCheck): TokenCheck & { kind: 'bot' } {
    switch (check.kind) {
      case 'bot':
        return check;
      case 'refused':
        throw unprocessable([{ field: 'token', message: `is refused by Telegram: ${check.reason}` }]);
      case 'no-answer':
        throw new Problem(503, {
          title: 'Telegram does not answer',
          detail: `Telegram could not be asked about the token (${check.reason}). Try again in a moment.`,
          headers: { 'retry-after': '5' },
        });
    }
  }

  /** Telegram takes 1 to 256 characters of `A-Za-z0-9_-` (reference/telegram-bot-api.md §3). */
  private newWebhookSecret(botId: string): BotEntity['webhookSecret'] {
    return this.secrets.seal(secretRecords.botWebhookSecret(botId), randomBytes(32).toString('base64url'));
  }

  private publish(tx: EntityManager, { configuredAt, ...bot }: BotEntity): Promise<void> {
    const event: BotConfigured = { ...bot, configuredAt: configuredAt.toISOString() };
    return this.log.publish(tx, topics.bot, [event]);
  }
}
