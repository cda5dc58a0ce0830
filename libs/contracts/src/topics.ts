import { createHash } from 'node:crypto';
import { BotChecked } from './events/bot-checked';
import { BotStarted } from './events/bot-started';
import { ChannelDetected } from './events/channel-detected';
import { ChatMigrated } from './events/chat-migrated';
import { ClickCaptured } from './events/click-captured';
import { ConversionAttributed } from './events/conversion-attributed';
import { DeliveryUpdated } from './events/delivery-updated';
import { JoinOrganic } from './events/join-organic';
import { JoinReceived } from './events/join-received';
import { MemberLeft } from './events/member-left';
import { PersonErased } from './events/person-erased';
import { PixelStateChanged } from './events/pixel-state-changed';
import { ScriptSeen } from './events/script-seen';
import { UpdateRejected } from './events/update-rejected';
import { BotConfigured } from './settings/bot-configured';
import { ChannelConfigured } from './settings/channel-configured';
import { PixelConfigured } from './settings/pixel-configured';
import { SiteConfigured } from './settings/site-configured';
import type { EventClass, TopicDefinition } from './topic';

const thirtyDays = { kind: 'time', days: 30 } as const;
const compacted = { kind: 'compacted' } as const;

type Shape<T extends object> = Omit<TopicDefinition<T>, 'eventClass' | 'partitions'> & {
  partitions?: number;
};

const topic = <T extends object>(
  eventClass: EventClass<T>,
  shape: NoInfer<Shape<T>>,
): TopicDefinition<T> => ({
  partitions: undefined,
  ...shape,
  eventClass,
});

/** Settings are read whole by everyone; one partition keeps them in one order. */
const settings = <T extends { version: number; configuredAt: string }>(
  eventClass: EventClass<T>,
  shape: NoInfer<Pick<Shape<T>, 'name' | 'description' | 'keyedBy' | 'keyOf'>>,
): TopicDefinition<T> =>
  topic(eventClass, {
    ...shape,
    partitions: 1,
    retention: compacted,
    idOf: (event) => `${shape.keyOf(event)}:${event.version}`,
    timeOf: (event) => event.configuredAt,
  });

/** One member of one chat: keeps a person's joins, starts and leaves in order. */
const memberKey = (event: { chatId: string; person: { telegramUserId: string } }): string =>
  `${event.chatId}:${event.person.telegramUserId}`;

/** One bot in one chat: by the chat alone, compaction would keep what the last of its bots may do, and no other's. */
const chatBotKey = (event: { chatId: string; botId: string }): string => `${event.chatId}:${event.botId}`;

const siteOriginKey = (event: { siteId: string; origin: string }): string =>
  `${event.siteId}:${event.origin}`;

/** Every topic of the system. Additive changes stay in `v1`; a breaking change is a new topic beside the old one. */
export const topics = {
  clickCaptured: topic(ClickCaptured, {
    name: 'tracking.click-captured.v1',
    description: 'A person clicked through to Telegram.',
    retention: thirtyDays,
    timestamps: 'log-append',
    keyedBy: 'the link key, or the click id without a link',
    // Co-partitioned with joins: the click and the join of one invite link meet in one bucket.
    keyOf: (event) => event.linkKey ?? event.clickId,
    idOf: (event) => event.clickId,
    timeOf: (event) => event.capturedAt,
  }),
  joinReceived: topic(JoinReceived, {
    name: 'telegram.join-received.v1',
    description: 'A person is in a channel who was not before.',
    retention: thirtyDays,
    timestamps: 'log-append',
    keyedBy: 'the link key, or <chatId>:<userId> without a link of ours',
    keyOf: (event) => event.link?.key ?? memberKey(event),
    idOf: (event) => event.joinId,
    timeOf: (event) => event.joinedAt,
  }),
  memberLeft: topic(MemberLeft, {
    name: 'telegram.member-left.v1',
    description: 'A person is no longer in a channel.',
    retention: thirtyDays,
    keyedBy: '<chatId>:<userId>',
    keyOf: memberKey,
    idOf: (event) => `${memberKey(event)}:${event.leftAt}`,
    timeOf: (event) => event.leftAt,
  }),
  botStarted: topic(BotStarted, {
    name: 'telegram.bot-started.v1',
    description: 'A person opened the bot through a start link that carries a click.',
    retention: thirtyDays,
    timestamps: 'log-append',
    keyedBy: '<chatId>:<userId>',
    keyOf: memberKey,
    idOf: (event) => `${event.clickId}:${event.person.telegramUserId}:${event.startedAt}`,
    timeOf: (event) => event.startedAt,
  }),
  channelDetected: topic(ChannelDetected, {
    name: 'telegram.channel-detected.v1',
    description: 'What a bot is in a channel, as of its latest membership change.',
    retention: compacted,
    keyedBy: '<chatId>:<botId>',
    keyOf: chatBotKey,
    idOf: (event) => `${chatBotKey(event)}:${event.observedAt}`,
    timeOf: (event) => event.observedAt,
  }),
  chatMigrated: topic(ChatMigrated, {
    name: 'telegram.chat-migrated.v1',
    description: 'A basic group became a supergroup under a new id.',
    retention: compacted,
    keyedBy: 'the old chat id',
    keyOf: (event) => event.fromChatId,
    idOf: (event) => `${event.fromChatId}:${event.toChatId}`,
    timeOf: (event) => event.migratedAt,
  }),
  botChecked: topic(BotChecked, {
    name: 'telegram.bot-checked.v1',
    description: "How a bot's updates come in, as of the last look.",
    retention: compacted,
    keyedBy: 'the bot id',
    keyOf: (event) => event.botId,
    idOf: (event) => `${event.botId}:${event.checkedAt}`,
    timeOf: (event) => event.checkedAt,
  }),
  updateRejected: topic(UpdateRejected, {
    name: 'telegram.update-rejected.v1',
    description: 'A Telegram update that could not be understood, as it came.',
    retention: thirtyDays,
    keyedBy: 'the bot id',
    keyOf: (event) => event.botId,
    // By its bytes: a redelivery is the same one, and two that come in one millisecond are two.
    idOf: (event) => `${event.botId}:${createHash('sha256').update(event.body).digest('hex')}`,
    timeOf: (event) => event.receivedAt,
  }),
  scriptSeen: topic(ScriptSeen, {
    name: 'tracking.script-seen.v1',
    description: 'The tracker ran on a page of a site.',
    retention: compacted,
    keyedBy: '<siteId>:<origin>',
    keyOf: siteOriginKey,
    idOf: (event) => `${siteOriginKey(event)}:${event.seenAt}`,
    timeOf: (event) => event.seenAt,
  }),
  conversionAttributed: topic(ConversionAttributed, {
    name: 'attribution.conversion-attributed.v1',
    description: 'A join is the effect of an ad click.',
    retention: thirtyDays,
    keyedBy: 'the conversion id',
    keyOf: (event) => event.conversionId,
    idOf: (event) => event.conversionId,
    timeOf: (event) => event.joinedAt,
  }),
  joinOrganic: topic(JoinOrganic, {
    name: 'attribution.join-organic.v1',
    description: 'A join that no ad click can be shown to have caused, with the reason.',
    retention: thirtyDays,
    keyedBy: 'the join id',
    keyOf: (event) => event.joinId,
    idOf: (event) => event.joinId,
    timeOf: (event) => event.joinedAt,
  }),
  deliveryUpdated: topic(DeliveryUpdated, {
    name: 'delivery.delivery-updated.v1',
    description: "A delivery to TikTok has a new state, with TikTok's verdict.",
    retention: thirtyDays,
    keyedBy: 'the conversion id',
    keyOf: (event) => event.conversionId,
    idOf: (event) => `${event.deliveryId}:${event.revision}`,
    timeOf: (event) => event.updatedAt,
  }),
  pixelStateChanged: topic(PixelStateChanged, {
    name: 'delivery.pixel-state-changed.v1',
    description: 'A pixel is sent to, or its deliveries wait, with the reason.',
    retention: compacted,
    keyedBy: 'the pixel id',
    keyOf: (event) => event.pixelId,
    idOf: (event) => `${event.pixelId}:${event.changedAt}`,
    timeOf: (event) => event.changedAt,
  }),
  personErased: topic(PersonErased, {
    name: 'privacy.person-erased.v1',
    description:
      'A person asked to be forgotten: whoever holds personal data of these joins and clicks erases it.',
    retention: thirtyDays,
    keyedBy: 'the Telegram user id',
    keyOf: (event) => event.telegramUserId,
    // By what it names too: a person with very many joins is erased by several events of one instant.
    idOf: (event) =>
      `${event.telegramUserId}:${event.erasedAt}:${event.joinIds[0] ?? event.clickIds[0] ?? ''}`,
    timeOf: (event) => event.erasedAt,
  }),
  site: settings(SiteConfigured, {
    name: 'settings.site.v1',
    description: 'A landing site.',
    keyedBy: 'the site id',
    keyOf: (event) => event.siteId,
  }),
  channel: settings(ChannelConfigured, {
    name: 'settings.channel.v1',
    description: 'A channel that was set up for a site.',
    keyedBy: 'the chat id',
    keyOf: (event) => event.chatId,
  }),
  pixel: settings(PixelConfigured, {
    name: 'settings.pixel.v1',
    description: 'A TikTok pixel of a site; its token is sealed.',
    keyedBy: 'the pixel id',
    keyOf: (event) => event.pixelId,
  }),
  bot: settings(BotConfigured, {
    name: 'settings.bot.v1',
    description: 'A Telegram bot; its token and webhook secret are sealed.',
    keyedBy: 'the bot id',
    keyOf: (event) => event.botId,
  }),
} as const;

export const allTopics: readonly TopicDefinition[] = Object.values(topics);
