import {
  topics,
  type BotConfigured,
  type ChannelConfigured,
  type PixelConfigured,
  type SiteConfigured,
} from '@clickjoin/contracts';
import { KafkaClient, SettingsTables, TopicProvisioner } from '@clickjoin/kafka';
import { Lifecycle } from '@clickjoin/service-kit';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { toRow as botRow } from '../bots/bot-event';
import { BotEntity } from '../bots/bot.entity';
import { setupIn } from '../channels/channel-event';
import { ChannelEntity } from '../channels/channel.entity';
import { toRow as pixelRow } from '../pixels/pixel-event';
import { PixelEntity } from '../pixels/pixel.entity';
import { toRow as siteRow } from '../sites/site-event';
import { SiteEntity } from '../sites/site.entity';

const SETTINGS = [topics.site, topics.pixel, topics.bot, topics.channel];

/** As they lie in the topics. */
export interface PublishedSettings {
  readonly sites: readonly SiteConfigured[];
  readonly pixels: readonly PixelConfigured[];
  readonly bots: readonly BotConfigured[];
  readonly channels: readonly ChannelConfigured[];
}

/**
 * A database that was lost, or begun anew, gets its settings back from their topics before anybody can look at it:
 * all other services still go by them, and an empty list beside working channels would be a lie. Versions go on where
 * they were. What is in no topic does not come back: the password, sessions, API tokens, the list of changes.
 */
@Injectable()
export class RestoreSettings implements OnApplicationBootstrap {
  private readonly logger = new Logger(RestoreSettings.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly kafka: KafkaClient,
    private readonly provisioner: TopicProvisioner,
    private readonly lifecycle: Lifecycle,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!(await this.isEmpty(this.dataSource.manager))) return;
    // Before a reader is set up, which takes a second or two: at the very first start there is nothing to read.
    await this.provisioner.ensure(SETTINGS);
    if (!(await this.isAnythingPublished())) return;
    const settings = await this.read();
    await this.dataSource.transaction(async (tx) => {
      // Another instance may have been quicker.
      await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('clickjoin dashboard restore', 0))`);
      if (await this.isEmpty(tx)) await restore(tx, settings);
    });
    const { sites, pixels, bots, channels } = settings;
    const found = {
      sites: sites.length,
      pixels: pixels.length,
      bots: bots.length,
      channels: channels.length,
    };
    if (sites.length + bots.length > 0)
      this.logger.warn(found, 'the database was empty: settings were read back from their topics');
  }

  private async isEmpty(manager: Pick<EntityManager, 'query'>): Promise<boolean> {
    const rows: readonly { is_empty: boolean }[] = await manager.query(
      `SELECT NOT EXISTS (SELECT 1 FROM site) AND NOT EXISTS (SELECT 1 FROM pixel) AND NOT EXISTS (SELECT 1 FROM bot)
              AND NOT EXISTS (SELECT 1 FROM channel WHERE slug IS NOT NULL)
              -- Somebody removed the last of them: that is no loss.
              AND NOT EXISTS (SELECT 1 FROM audit) AS is_empty`,
    );
    return rows[0]?.is_empty === true;
  }

  private async isAnythingPublished(): Promise<boolean> {
    for (const { name } of SETTINGS)
      for (const { start, end } of (await this.kafka.offsetRanges(name)).values())
        if (end > start) return true;
    return false;
  }

  private async read(): Promise<PublishedSettings> {
    const tables = new SettingsTables(this.kafka, SETTINGS, {
      onFatal: (error) => this.lifecycle.fatal(error, 'settings could not be read back'),
    });
    try {
      await tables.start();
      await tables.waitUntilReady();
      return {
        sites: tables.table(topics.site).all(),
        pixels: tables.table(topics.pixel).all(),
        bots: tables.table(topics.bot).all(),
        channels: tables.table(topics.channel).all(),
      };
    } finally {
      await tables.close();
    }
  }
}

/** A pixel or channel of a site that is gone was left over by a removal that was cut short: it stays out. */
export async function restore(
  tx: EntityManager,
  { sites, pixels, bots, channels }: PublishedSettings,
): Promise<void> {
  const known = new Set(sites.map(({ siteId }) => siteId));
  await tx.insert(SiteEntity, sites.map(siteRow));
  await tx.insert(PixelEntity, pixels.filter(({ siteId }) => known.has(siteId)).map(pixelRow));
  await tx.insert(BotEntity, bots.map(botRow));
  for (const event of channels.filter(({ siteId }) => known.has(siteId))) {
    const { chatId, chat, username, configuredAt } = event;
    // Its bots report it anew by `ChannelDetected`, from the beginning of that topic.
    await tx.query(
      `INSERT INTO channel (chat_id, type, title, is_public, username, observed_at) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (chat_id) DO NOTHING`,
      [chatId, chat.type, chat.title.replaceAll('\0', ''), chat.isPublic, username ?? null, configuredAt],
    );
    await tx.update(ChannelEntity, { chatId }, setupIn(event));
  }
}
