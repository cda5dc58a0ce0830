import { randomBytes } from 'node:crypto';
import { secretRecords, topics } from '@clickjoin/contracts';
import { Problem } from '@clickjoin/service-kit';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Data } from '../api/data';
import { notFound, unprocessable } from '../api/fields';
import { AuditLog } from '../audit/audit-log';
import type { AuditAction } from '../audit/audit.dto';
import { fieldChanges } from '../audit/field-changes';
import { Secrets } from '../settings/secrets';
import { SettingsLog } from '../settings/settings-log';
import type { Actor } from '../sign-in/principal';
import { BotCheckEntity } from './bot-check.entity';
import { toEvent } from './bot-event';
import type { BotChangeDto, NewBotDto } from './bot.dto';
import { BotEntity } from './bot.entity';
import { TelegramCheck, type TokenCheck } from './telegram-check';

export interface BotWithCheck {
  readonly bot: BotEntity;
  /** Undefined: not looked at yet. */
  readonly check: BotCheckEntity | undefined;
}

const AUDITED = {
  secrets: ['token', 'webhookSecret', 'previousWebhookSecret'],
  without: ['botId', 'version', 'configuredAt'],
} as const;

@Injectable()
export class BotsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly telegram: TelegramCheck,
    private readonly secrets: Secrets,
    private readonly log: SettingsLog,
    private readonly audit: AuditLog,
  ) {}

  async list(): Promise<BotWithCheck[]> {
    const { manager } = this.dataSource;
    const bots = await manager.find(BotEntity, { order: { botId: 'ASC' } });
    const checks = new Map((await manager.find(BotCheckEntity)).map((check) => [check.botId, check]));
    return bots.map((bot) => ({ bot, check: checks.get(bot.botId) }));
  }

  /** @throws Problem 404 */
  async get(botId: string): Promise<BotWithCheck> {
    const bot = await this.dataSource.manager.findOneBy(BotEntity, { botId });
    if (bot === null) throw notFound('bot', botId);
    return this.withCheck(bot);
  }

  /**
   * Adds the bot, or gives a known one its new token (Telegram's BotFather makes a new one when the old leaked).
   * @throws Problem 422 when Telegram refuses the token, 503 when Telegram can't be asked.
   */
  async add({ token, updatesBy }: NewBotDto, actor: Actor): Promise<BotWithCheck> {
    const found = this.botOf(await this.telegram.whoseToken(token));
    return this.put(found.botId, 'created', actor, (before) => ({
      botId: found.botId,
      username: found.username,
      name: found.name,
      token: this.secrets.seal(secretRecords.botToken(found.botId), token),
      // Stays: Telegram goes on sending the old one until the webhook is registered anew.
      webhookSecret: before?.webhookSecret ?? this.newWebhookSecret(found.botId),
      previousWebhookSecret: before?.previousWebhookSecret ?? null,
      updatesBy: updatesBy ?? before?.updatesBy ?? null,
    }));
  }

  /** What the change leaves out stays. @throws Problem 404, 422, 503 */
  async change(botId: string, { token, updatesBy }: BotChangeDto, actor: Actor): Promise<BotWithCheck> {
    const found = token === undefined ? undefined : this.botOf(await this.telegram.whoseToken(token));
    if (found !== undefined && found.botId !== botId)
      throw unprocessable([{ field: 'token', message: `is the token of another bot, @${found.username}` }]);
    return this.put(botId, 'changed', actor, (before) => {
      if (before === undefined) throw notFound('bot', botId);
      return {
        ...before,
        ...(found === undefined ? {} : { username: found.username, name: found.name }),
        ...(token === undefined ? {} : { token: this.secrets.seal(secretRecords.botToken(botId), token) }),
        updatesBy: updatesBy === undefined ? before.updatesBy : updatesBy,
      };
    });
  }

  /**
   * A new webhook secret. The one before stays valid beside it: updates that Telegram sends until the webhook is
   * registered anew carry it, and would be turned away. The next rotation ends it. @throws Problem 404
   */
  rotateWebhookSecret(botId: string, actor: Actor): Promise<BotWithCheck> {
    return this.put(botId, 'secret-rotated', actor, (before) => {
      if (before === undefined) throw notFound('bot', botId);
      const { botWebhookSecret, botPreviousWebhookSecret } = secretRecords;
      return {
        ...before,
        webhookSecret: this.newWebhookSecret(botId),
        previousWebhookSecret: this.secrets.reseal(
          before.webhookSecret,
          botWebhookSecret(botId),
          botPreviousWebhookSecret(botId),
        ),
      };
    });
  }

  /** @throws Problem 404, 409 while it makes the links of a channel. */
  remove(botId: string, actor: Actor): Promise<void> {
    return this.log.change(async (tx) => {
      const bot = await this.locked(tx, botId);
      if (bot === undefined) throw notFound('bot', botId);
      const rows: readonly { title: string }[] = await tx.query(
        'SELECT title FROM channel WHERE bot_id = $1 AND slug IS NOT NULL ORDER BY title',
        [botId],
      );
      if (rows.length > 0) {
        throw new Problem(409, {
          title: 'Still in use',
          detail: `The bot makes the invite links of ${rows.map(({ title }) => title).join(', ')}: remove the set-up of these first.`,
        });
      }
      await tx.delete(BotEntity, { botId });
      await this.log.publishRemoval(tx, topics.bot, botId);
      const subject = { kind: 'bot', id: botId, name: `@${bot.username}` } as const;
      await this.audit.write(tx, { actor, action: 'removed', subject });
    });
  }

  private async put(
    botId: string,
    action: AuditAction,
    actor: Actor,
    change: (before: Data<BotEntity> | undefined) => Omit<BotEntity, 'version' | 'configuredAt'>,
  ): Promise<BotWithCheck> {
    const bot = await this.log.change(async (tx) => {
      const before = await this.locked(tx, botId);
      const row: BotEntity = { ...change(before), ...this.log.next(before) };
      await tx.upsert(BotEntity, row, ['botId']);
      await this.log.publish(tx, topics.bot, [toEvent(row)]);
      await this.audit.write(tx, {
        actor,
        action: action === 'created' && before !== undefined ? 'changed' : action,
        subject: { kind: 'bot', id: botId, name: `@${row.username}` },
        changes: fieldChanges(before, row, AUDITED),
      });
      return row;
    });
    return this.withCheck(bot);
  }

  private async locked(tx: EntityManager, botId: string): Promise<BotEntity | undefined> {
    // For two requests with the same new bot: there is no row yet that they could queue at.
    await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`bot ${botId}`]);
    return (await tx.findOneBy(BotEntity, { botId })) ?? undefined;
  }

  private async withCheck(bot: BotEntity): Promise<BotWithCheck> {
    const check = await this.dataSource.manager.findOneBy(BotCheckEntity, { botId: bot.botId });
    return { bot, check: check ?? undefined };
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
}
