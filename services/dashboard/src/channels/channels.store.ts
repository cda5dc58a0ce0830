import type { ChannelDetected, ChatMigrated } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource, In, type EntityManager } from 'typeorm';
import { ChannelBotEntity, ChannelEntity, type ChannelRow } from './channel.entity';

export interface ChannelWithBots {
  readonly channel: ChannelRow;
  readonly bots: readonly ChannelBotEntity[];
}

@Injectable()
export class ChannelsStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Those that are set up, and those that a bot administers: what a person can do something with. */
  async listed(): Promise<ChannelWithBots[]> {
    const { manager } = this.dataSource;
    const channels = await manager
      .createQueryBuilder(ChannelEntity, 'channel')
      .where('channel.migrated_to IS NULL')
      .andWhere(
        `(channel.slug IS NOT NULL OR
          EXISTS (SELECT 1 FROM channel_bot bot WHERE bot.chat_id = channel.chat_id AND bot.is_admin))`,
      )
      .orderBy('channel.title')
      .addOrderBy('channel.chat_id')
      .getMany();
    return this.withBots(manager, channels);
  }

  async find(chatId: string): Promise<ChannelWithBots | undefined> {
    const { manager } = this.dataSource;
    const channel = await manager.findOneBy(ChannelEntity, { chatId });
    return channel === null ? undefined : (await this.withBots(manager, [channel]))[0];
  }

  async withBots(manager: EntityManager, channels: readonly ChannelRow[]): Promise<ChannelWithBots[]> {
    const bots = await manager.find(ChannelBotEntity, {
      where: { chatId: In(channels.map(({ chatId }) => chatId)) },
      order: { botId: 'ASC' },
    });
    return channels.map((channel) => ({
      channel,
      bots: bots.filter(({ chatId }) => chatId === channel.chatId),
    }));
  }

  /** Until the transaction ends. In one order for everybody, or two transactions would wait for each other. */
  lock(tx: EntityManager, chatIds: readonly string[]): Promise<ChannelRow[]> {
    return tx.find(ChannelEntity, {
      where: { chatId: In([...chatIds]) },
      order: { chatId: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
  }

  /**
   * For a group that no bot has reported yet. Any report of it is newer than this row, and finds it moved.
   * @returns false: it was reported in this moment
   */
  async addMigrated(tx: EntityManager, { fromChatId, toChatId }: ChatMigrated): Promise<boolean> {
    const added: readonly unknown[] = await tx.query(
      `INSERT INTO channel (chat_id, type, title, is_public, observed_at, migrated_to)
       VALUES ($1::bigint, 'group', coalesce((SELECT title FROM channel WHERE chat_id = $2), $1::text), false,
               'epoch', $2::bigint)
       ON CONFLICT (chat_id) DO NOTHING
       RETURNING chat_id`,
      [fromChatId, toChatId],
    );
    return added.length > 0;
  }

  /**
   * What the bots saw, the latest of each. Telegram's clock has whole seconds: of two within one, the later to come
   * stands, which for one bot is the later in the log.
   */
  async observe(tx: EntityManager, seen: readonly ChannelDetected[]): Promise<void> {
    await tx.query(
      `INSERT INTO channel (chat_id, type, title, is_public, username, observed_at)
       SELECT DISTINCT ON (chat_id) chat_id, type, title, is_public, username, observed_at
         FROM unnest($1::bigint[], $2::text[], $3::text[], $4::boolean[], $5::text[], $6::timestamptz[])
           WITH ORDINALITY AS seen (chat_id, type, title, is_public, username, observed_at, position)
        ORDER BY chat_id, observed_at DESC, position DESC
       ON CONFLICT (chat_id) DO UPDATE
         SET type = excluded.type, title = excluded.title, is_public = excluded.is_public,
             username = excluded.username, observed_at = excluded.observed_at
       WHERE excluded.observed_at >= channel.observed_at`,
      [
        seen.map(({ chatId }) => chatId),
        seen.map(({ chat }) => chat.type),
        seen.map(({ chat }) => chat.title.replaceAll('\0', '')),
        seen.map(({ chat }) => chat.isPublic),
        seen.map(({ username }) => username ?? null),
        seen.map(({ observedAt }) => observedAt),
      ],
    );
    await tx.query(
      `INSERT INTO channel_bot (chat_id, bot_id, is_admin, can_invite, observed_at)
       SELECT DISTINCT ON (chat_id, bot_id) chat_id, bot_id, is_admin, can_invite, observed_at
         FROM unnest($1::bigint[], $2::bigint[], $3::boolean[], $4::boolean[], $5::timestamptz[])
           WITH ORDINALITY AS seen (chat_id, bot_id, is_admin, can_invite, observed_at, position)
        ORDER BY chat_id, bot_id, observed_at DESC, position DESC
       ON CONFLICT (chat_id, bot_id) DO UPDATE
         SET is_admin = excluded.is_admin, can_invite = excluded.can_invite, observed_at = excluded.observed_at
       WHERE excluded.observed_at >= channel_bot.observed_at`,
      [
        seen.map(({ chatId }) => chatId),
        seen.map(({ botId }) => botId),
        seen.map(({ botIsAdmin }) => botIsAdmin),
        seen.map(({ botCanInvite }) => botCanInvite),
        seen.map(({ observedAt }) => observedAt),
      ],
    );
  }
}
