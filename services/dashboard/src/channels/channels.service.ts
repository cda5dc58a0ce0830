import { DEFAULT_CURRENCY, topics, type ChannelDetected } from '@clickjoin/contracts';
import { Problem, type FieldFault } from '@clickjoin/service-kit';
import { Injectable } from '@nestjs/common';
import { In, type EntityManager } from 'typeorm';
import { taken, unprocessable } from '../api/fields';
import { SettingsLog } from '../settings/settings-log';
import { violatesUnique } from '../settings/unique-violation';
import { SiteEntity } from '../sites/site.entity';
import { chatIdsOf, isConfigured, looksAlike, toEvent } from './channel-event';
import type { ChannelSetupDto } from './channel.dto';
import { ChannelEntity, type ChannelRow } from './channel.entity';
import { ChannelsStore, type ChannelWithBots } from './channels.store';
import { chooseBot } from './choose-bot';
import { eventMappingFaults } from './event-mapping';

@Injectable()
export class ChannelsService {
  constructor(
    private readonly store: ChannelsStore,
    private readonly log: SettingsLog,
  ) {}

  list(): Promise<ChannelWithBots[]> {
    return this.store.listed();
  }

  /**
   * @throws Problem 404 for a channel in which no bot was seen, 409 for a slug of another channel, 422 for fields
   * that don't go together.
   */
  async setUp(chatId: string, setup: ChannelSetupDto): Promise<ChannelWithBots> {
    try {
      return await this.log.change(async (tx) => {
        const [before] = await this.store.lock(tx, [chatId]);
        if (before === undefined) {
          throw new Problem(404, {
            detail: `No bot of yours has been seen in channel ${chatId}. Make the bot an administrator of it first.`,
          });
        }
        const faults = await this.faultsOf(tx, setup);
        if (faults.length > 0) throw unprocessable(faults);

        const [{ bots } = { bots: [] }] = await this.store.withBots(tx, [before]);
        const channel: ChannelRow = {
          ...before,
          siteId: setup.siteId,
          botId: chooseBot(bots, before.botId) ?? null,
          slug: setup.slug,
          eventType: setup.eventType,
          customEventName: setup.customEventName ?? null,
          value: setup.value ?? null,
          currency: setup.currency ?? DEFAULT_CURRENCY,
          contentName: setup.contentName ?? null,
          ...this.log.next(before),
        };
        await tx.update(ChannelEntity, { chatId }, channel);
        await this.publish(tx, [channel]);
        return { channel, bots };
      });
    } catch (error) {
      if (violatesUnique(error, 'channel_slug_once')) throw taken('slug', 'is the slug of another channel');
      throw error;
    }
  }

  /**
   * Takes down what bots saw. A channel that is set up is published anew when that changes what others know of it:
   * its title is what TikTok gets as content name, and its username is where visitors go when links run out.
   */
  async observe(tx: EntityManager, seen: readonly ChannelDetected[]): Promise<void> {
    const chatIds = chatIdsOf(seen);
    // Before the write, and also those not set up: somebody may be setting one up in this moment, and reports of a
    // channel's other bots come by other partitions.
    const before = new Map((await this.store.lock(tx, chatIds)).map((channel) => [channel.chatId, channel]));
    await this.store.observe(tx, seen);

    const now = await tx.find(ChannelEntity, { where: { chatId: In(chatIds) }, order: { chatId: 'ASC' } });
    const changed: ChannelRow[] = [];
    for (const { channel, bots } of await this.store.withBots(tx, now.filter(isConfigured))) {
      const known = before.get(channel.chatId);
      const botId = chooseBot(bots, channel.botId) ?? channel.botId;
      // Unknown a moment ago and set up now: that was done by what another bot had reported meanwhile.
      if (known !== undefined && looksAlike(known, { ...channel, botId })) continue;
      const next = { ...channel, botId, ...this.log.next(channel) };
      await tx.update(ChannelEntity, { chatId: channel.chatId }, next);
      changed.push(next);
    }
    await this.publish(tx, changed);
  }

  private async faultsOf(tx: EntityManager, setup: ChannelSetupDto): Promise<FieldFault[]> {
    const { siteId, eventType, customEventName } = setup;
    const siteIsKnown = await tx.existsBy(SiteEntity, { siteId });
    return [
      ...(siteIsKnown ? [] : [{ field: 'siteId', message: 'is the id of no site' }]),
      ...eventMappingFaults(eventType, customEventName ?? undefined),
    ];
  }

  private publish(tx: EntityManager, channels: readonly ChannelRow[]): Promise<void> {
    return this.log.publish(tx, topics.channel, channels.filter(isConfigured).map(toEvent));
  }
}
