import {
  DEFAULT_CURRENCY,
  topics,
  type AttributionTimes,
  type ChannelDetected,
  type ChatMigrated,
} from '@clickjoin/contracts';
import { Problem, type FieldFault } from '@clickjoin/service-kit';
import { Injectable } from '@nestjs/common';
import { In, type EntityManager } from 'typeorm';
import { notFound, taken, unprocessable } from '../api/fields';
import { AuditLog } from '../audit/audit-log';
import { fieldChanges } from '../audit/field-changes';
import { PublicAddresses } from '../public-addresses';
import { SettingsLog } from '../settings/settings-log';
import { violatesUnique } from '../settings/unique-violation';
import type { Actor } from '../sign-in/principal';
import { holdSite } from '../sites/hold-site';
import { chatIdsOf, isConfigured, looksAlike, toEvent } from './channel-event';
import type { AttributionDto, ChannelFacts, ChannelSetupDto } from './channel.dto';
import { ChannelEntity, type ChannelRow } from './channel.entity';
import { ChannelsStore, type ChannelWithBots } from './channels.store';
import { chooseBot } from './choose-bot';
import { eventMappingFaults } from './event-mapping';
import { LinkShares } from './link-share';

/** Everything that a set-up sets. */
const NOT_SET_UP = {
  slug: null,
  eventType: null,
  customEventName: null,
  value: null,
  currency: null,
  contentName: null,
  linkMode: null,
  joinRequests: null,
  attribution: null,
} as const;

const AUDITED = {
  without: [
    'chatId',
    'type',
    'title',
    'isPublic',
    'username',
    'observedAt',
    'migratedTo',
    'version',
    'configuredAt',
  ],
} as const;

@Injectable()
export class ChannelsService {
  constructor(
    private readonly store: ChannelsStore,
    private readonly log: SettingsLog,
    private readonly audit: AuditLog,
    private readonly shares: LinkShares,
    private readonly addresses: PublicAddresses,
  ) {}

  async list(): Promise<ChannelFacts[]> {
    return this.withFacts(await this.store.listed());
  }

  /** @throws Problem 404 */
  async get(chatId: string): Promise<ChannelFacts> {
    const found = await this.store.find(chatId);
    const [channel] = await this.withFacts(found === undefined ? [] : [found]);
    if (channel === undefined) throw notFound('channel', chatId);
    return channel;
  }

  /**
   * @throws Problem 404 for a channel in which no bot was seen, 409 for a slug of another channel, 422 for fields
   * that don't go together.
   */
  async setUp(chatId: string, setup: ChannelSetupDto, actor: Actor): Promise<ChannelFacts> {
    try {
      await this.log.change(async (tx) => {
        const [before] = await this.store.lock(tx, [chatId]);
        if (before === undefined) {
          throw new Problem(404, {
            detail: `No bot of yours has been seen in channel ${chatId}. Make the bot an administrator of it first.`,
          });
        }
        const faults = await this.faultsOf(tx, before, setup);
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
          linkMode: setup.linkMode ?? null,
          joinRequests: setup.joinRequests ?? null,
          attribution: timesOf(setup.attribution),
          ...this.log.next(before),
        };
        await tx.update(ChannelEntity, { chatId }, channel);
        await this.publish(tx, [channel]);
        await this.audit.write(tx, {
          actor,
          action: isConfigured(before) ? 'changed' : 'created',
          subject: { kind: 'channel', id: chatId, name: channel.title },
          changes: fieldChanges(before, channel, AUDITED),
        });
      });
    } catch (error) {
      if (violatesUnique(error, 'channel_slug_once')) throw taken('slug', 'is the slug of another channel');
      throw error;
    }
    return this.get(chatId);
  }

  /** The channel is a detected one again. @throws Problem 404 when it is not set up. */
  remove(chatId: string, actor: Actor): Promise<void> {
    return this.log.change(async (tx) => {
      const [before] = await this.store.lock(tx, [chatId]);
      if (before === undefined || !isConfigured(before)) throw notFound('channel that is set up,', chatId);
      await tx.update(ChannelEntity, { chatId }, { ...NOT_SET_UP, ...this.log.next(before) });
      await this.log.publishRemoval(tx, topics.channel, chatId);
      const subject = { kind: 'channel', id: chatId, name: before.title } as const;
      await this.audit.write(tx, { actor, action: 'removed', subject });
    });
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

  /**
   * A basic group became a supergroup: the same people under a new id, so its set-up moves there. The bot is
   * reported in the new one by a `ChannelDetected` of its own, which may come before or after; so may that of the old
   * one, which can't be set up before, and so has nothing to move. Again changes nothing.
   */
  async migrate(tx: EntityManager, migration: ChatMigrated): Promise<void> {
    const { botId, fromChatId, toChatId, migratedAt } = migration;
    let locked = await this.store.lock(tx, [fromChatId, toChatId]);
    if (locked.every(({ chatId }) => chatId !== fromChatId)) {
      if (await this.store.addMigrated(tx, migration)) return;
      locked = await this.store.lock(tx, [fromChatId, toChatId]);
    }
    const from = locked.find(({ chatId }) => chatId === fromChatId);
    if (from === undefined || from.migratedTo !== null) return;
    await this.store.observe(
      tx,
      locked.some(({ chatId }) => chatId === toChatId)
        ? []
        : [
            {
              chatId: toChatId,
              botId,
              chat: { type: 'supergroup', title: from.title, isPublic: false },
              botIsAdmin: false,
              botCanInvite: false,
              observedAt: migratedAt,
            },
          ],
    );
    const to = await tx.findOneByOrFail(ChannelEntity, { chatId: toChatId });
    await tx.update(ChannelEntity, { chatId: fromChatId }, { migratedTo: toChatId, ...NOT_SET_UP });
    // Nothing to move, or somebody was quicker and has set the new one up by hand.
    if (!isConfigured(from) || isConfigured(to)) {
      if (isConfigured(from)) await this.log.publishRemoval(tx, topics.channel, fromChatId);
      return;
    }
    const { chatId, type, title, isPublic, username, observedAt, migratedTo } = to;
    const moved: ChannelRow = {
      ...from,
      ...{ chatId, type, title, isPublic, username, observedAt, migratedTo },
      ...this.log.next(from),
    };
    await tx.update(ChannelEntity, { chatId: toChatId }, moved);
    await this.log.publishRemoval(tx, topics.channel, fromChatId);
    await this.publish(tx, [moved]);
    await this.audit.write(tx, {
      actor: { kind: 'system', name: 'Telegram made the group a supergroup' },
      action: 'moved',
      subject: { kind: 'channel', id: toChatId, name: title },
      changes: [{ field: 'chatId', before: fromChatId, after: toChatId }],
    });
  }

  private async faultsOf(
    tx: EntityManager,
    { type, migratedTo }: ChannelRow,
    setup: ChannelSetupDto,
  ): Promise<FieldFault[]> {
    const { siteId, eventType, customEventName, linkMode } = setup;
    const siteIsKnown = await holdSite(tx, siteId);
    return [
      ...(siteIsKnown ? [] : [{ field: 'siteId', message: 'is the id of no site' }]),
      ...(migratedTo === null
        ? []
        : [{ field: 'chatId', message: `is a group that lives on as ${migratedTo}` }]),
      ...(linkMode === 'join-request-link' && type === 'group'
        ? [
            {
              field: 'linkMode',
              message: 'needs a channel or a supergroup: basic groups know no join requests',
            },
          ]
        : []),
      ...eventMappingFaults(eventType, customEventName ?? undefined),
    ];
  }

  private publish(tx: EntityManager, channels: readonly ChannelRow[]): Promise<void> {
    return this.log.publish(tx, topics.channel, channels.filter(isConfigured).map(toEvent));
  }

  private async withFacts(found: readonly ChannelWithBots[]): Promise<ChannelFacts[]> {
    const shareOf = await this.shares.of(found.map(({ channel }) => channel.chatId));
    return found.map(({ channel, bots }) => ({
      channel,
      bots,
      linkShare: shareOf(channel.chatId),
      clickUrl: channel.slug === null ? null : this.addresses.click(channel.slug),
    }));
  }
}

/** Only what is set: what is left out follows attribution's own default. */
function timesOf(attribution: AttributionDto | null | undefined): AttributionTimes | null {
  const { windowMs, toleranceMs, graceMs } = attribution ?? {};
  const times: AttributionTimes = {
    ...(typeof windowMs === 'number' ? { windowMs } : {}),
    ...(typeof toleranceMs === 'number' ? { toleranceMs } : {}),
    ...(typeof graceMs === 'number' ? { graceMs } : {}),
  };
  return Object.keys(times).length === 0 ? null : times;
}
