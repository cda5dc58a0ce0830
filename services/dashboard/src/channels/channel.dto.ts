import {
  ATTRIBUTION_BOUNDS,
  CHAT_TYPES,
  CURRENCIES,
  CUSTOM_EVENT_NAME,
  DEFAULT_CURRENCY,
  DEFAULT_EVENT_TYPE,
  EVENT_TYPES,
  JOIN_REQUEST_POLICIES,
  LINK_MODES,
  SLUG,
  TELEGRAM_CHAT_ID,
  tiktokEventName,
  type ChatType,
  type EventType,
  type JoinRequestPolicy,
  type LinkMode,
} from '@clickjoin/contracts';
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsUUID,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { Line, Trimmed } from '../api/fields';
import { isConfigured } from './channel-event';
import type { ChannelBotEntity, ChannelRow } from './channel.entity';
import type { LinkShare } from './link-share';

const Duration = (bound: keyof typeof ATTRIBUTION_BOUNDS, description: string): PropertyDecorator => {
  const { min, max } = ATTRIBUTION_BOUNDS[bound];
  return applyDecorators(
    ApiPropertyOptional({ type: Number, nullable: true, minimum: min, maximum: max, description }),
    IsOptional(),
    IsInt(),
    Min(min),
    Max(max),
  );
};

/** In ms. What is left out, or `null`, follows attribution's own default. Changes apply to new joins only. */
export class AttributionDto {
  @Duration('windowMs', 'How long after its click a join still counts, in ms. Default: 7 days.')
  windowMs?: number | null;

  @Duration(
    'toleranceMs',
    "How much earlier than its click a join may look, in ms: Telegram's clock has whole seconds.",
  )
  toleranceMs?: number | null;

  @Duration('graceMs', 'How long a join waits for its click, in ms.')
  graceMs?: number | null;
}

const LINK_MODE =
  'Where /c/<slug> leads. `invite-link`: an invite link of the visitor’s own. `join-request-link`: the same, and ' +
  'whoever uses it asks to be let in. `bot-start-link`: the bot, which answers with a button to the channel; for ' +
  'public channels.';
const JOIN_REQUESTS =
  'What the bot does with join requests: nothing, approve all, or approve those that came by a link of ours.';

/** The whole set-up of a channel: what is left out, or `null`, is unset. */
export class ChannelSetupDto {
  @ApiProperty({ format: 'uuid', description: 'The site whose visitors and pixels it belongs to.' })
  @IsUUID()
  siteId!: string;

  @ApiProperty({ pattern: SLUG.source, description: 'Visitors come in at /c/<slug>.' })
  @Trimmed()
  @Matches(SLUG, {
    message: '$property must be 1 to 64 lower-case letters, digits and hyphens, with no hyphen at the ends',
  })
  slug!: string;

  @ApiProperty({
    enum: EVENT_TYPES,
    description: 'What joins are reported as; GET /v1/choices explains them.',
  })
  @IsIn(EVENT_TYPES)
  eventType!: EventType;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    pattern: CUSTOM_EVENT_NAME.source,
    description: 'Required for, and only for, the event type Custom.',
  })
  @IsOptional()
  @Trimmed()
  @Matches(CUSTOM_EVENT_NAME, {
    message: '$property must be 1 to 50 letters, digits, "_" and "-", beginning with a letter',
  })
  customEventName?: string | null;

  @ApiPropertyOptional({
    type: Number,
    nullable: true,
    minimum: 0,
    maximum: 1_000_000_000,
    description: 'What a join is worth; left out of the event without it.',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1_000_000_000)
  value?: number | null;

  @ApiPropertyOptional({ type: String, nullable: true, enum: CURRENCIES, default: DEFAULT_CURRENCY })
  @IsOptional()
  @IsIn(CURRENCIES, { message: '$property must be one of the currencies that TikTok knows, such as USD' })
  currency?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: 200,
    description: "Without it, the channel's title is sent.",
  })
  @IsOptional()
  @Line(200)
  contentName?: string | null;

  @ApiPropertyOptional({
    type: String,
    enum: LINK_MODES,
    nullable: true,
    default: 'invite-link',
    description: LINK_MODE,
  })
  @IsOptional()
  @IsIn(LINK_MODES)
  linkMode?: LinkMode | null;

  @ApiPropertyOptional({
    type: String,
    enum: JOIN_REQUEST_POLICIES,
    nullable: true,
    default: 'off',
    description: JOIN_REQUESTS,
  })
  @IsOptional()
  @IsIn(JOIN_REQUEST_POLICIES)
  joinRequests?: JoinRequestPolicy | null;

  @ApiPropertyOptional({ type: AttributionDto, nullable: true })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => AttributionDto)
  attribution?: AttributionDto | null;
}

export class ChannelParam {
  @ApiProperty({ description: "Telegram's id of the channel.", example: '-1001234567890' })
  @Matches(TELEGRAM_CHAT_ID, { message: '$property must be the id of a Telegram chat' })
  chatId!: string;
}

export class ChannelBotView {
  @ApiProperty({ description: "Telegram's id of the bot." }) botId!: string;
  @ApiProperty({ description: 'Is an administrator of the channel.' }) isAdmin!: boolean;
  @ApiProperty({ description: 'Without it no invite links can be made, so nothing can be attributed.' })
  canInvite!: boolean;
}

export const CHANNEL_STATUSES = ['detected', 'configured'] as const;
export type ChannelStatus = (typeof CHANNEL_STATUSES)[number];

/** Null: attribution's own default counts. */
export class AttributionView {
  @ApiProperty({ type: Number, nullable: true, description: 'In ms.' }) windowMs!: number | null;
  @ApiProperty({ type: Number, nullable: true, description: 'In ms.' }) toleranceMs!: number | null;
  @ApiProperty({ type: Number, nullable: true, description: 'In ms.' }) graceMs!: number | null;
}

export class LinkShareView {
  @ApiProperty({ format: 'date-time', description: 'Counted over the joins since then: 30 days.' })
  since!: string;
  @ApiProperty({ description: 'All joins, whatever the way in.' }) joins!: number;
  @ApiProperty({ description: 'Those whose update named an invite link of ours.' }) withOwnLink!: number;
  @ApiProperty({ type: Number, nullable: true, description: '0 to 1. Null: no joins yet.' })
  share!: number | null;
}

export class ChannelView {
  @ApiProperty({ description: "Telegram's id of the channel." }) chatId!: string;
  @ApiProperty({ enum: CHANNEL_STATUSES, description: '`detected`: a bot is in it, nobody has set it up.' })
  status!: ChannelStatus;
  @ApiProperty({ enum: CHAT_TYPES }) type!: ChatType;
  @ApiProperty({ description: 'A stranger’s text: may hold anything.' }) title!: string;
  @ApiProperty({
    description:
      'Telegram often strips the invite link from joins of public channels: they come out as organic. See `linkShare` and `linkMode`.',
  })
  isPublic!: boolean;
  @ApiProperty({ type: String, nullable: true, description: 'Public username without @.' })
  username!: string | null;
  @ApiProperty({ type: [ChannelBotView], description: 'Your bots in it, and what they may do there.' })
  bots!: ChannelBotView[];
  @ApiProperty({ type: String, nullable: true, description: 'The bot that makes the invite links.' })
  botId!: string | null;
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) siteId!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Visitors come in at /c/<slug>.' }) slug!:
    string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The whole address for ads and pages.' })
  clickUrl!: string | null;
  @ApiProperty({ enum: EVENT_TYPES, description: 'What joins are reported as.' }) eventType!: EventType;
  @ApiProperty({ type: String, nullable: true }) customEventName!: string | null;
  @ApiProperty({ description: 'The name that TikTok gets.' }) tiktokEventName!: string;
  @ApiProperty({ type: Number, nullable: true, description: 'What a join is worth.' }) value!: number | null;
  @ApiProperty() currency!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Null: the title is sent.' })
  contentName!: string | null;
  @ApiProperty({ enum: LINK_MODES, description: LINK_MODE }) linkMode!: LinkMode;
  @ApiProperty({ enum: JOIN_REQUEST_POLICIES, description: JOIN_REQUESTS }) joinRequests!: JoinRequestPolicy;
  @ApiProperty({ type: AttributionView, description: 'Applies to new joins.' }) attribution!: AttributionView;
  @ApiProperty({ type: LinkShareView, description: 'How many joins can be attributed at all.' })
  linkShare!: LinkShareView;
  @ApiProperty({ description: 'Counts up with each change; 0 until the channel is set up.' })
  version!: number;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) configuredAt!: string | null;

  static of({ channel, bots, linkShare, clickUrl }: ChannelFacts): ChannelView {
    const { chatId, type, title, isPublic, username, botId, siteId, slug, customEventName, value } = channel;
    const eventType = channel.eventType ?? DEFAULT_EVENT_TYPE;
    const isSetUp = isConfigured(channel);
    return {
      chatId,
      status: isSetUp ? 'configured' : 'detected',
      type,
      title,
      isPublic,
      username,
      bots: bots.map(({ botId: id, isAdmin, canInvite }) => ({ botId: id, isAdmin, canInvite })),
      botId,
      siteId: isSetUp ? siteId : null,
      slug,
      clickUrl,
      eventType,
      customEventName,
      tiktokEventName: tiktokEventName(eventType, customEventName ?? undefined) ?? '',
      value,
      currency: channel.currency ?? DEFAULT_CURRENCY,
      contentName: channel.contentName,
      linkMode: channel.linkMode ?? 'invite-link',
      joinRequests: channel.joinRequests ?? 'off',
      attribution: {
        windowMs: channel.attribution?.windowMs ?? null,
        toleranceMs: channel.attribution?.toleranceMs ?? null,
        graceMs: channel.attribution?.graceMs ?? null,
      },
      linkShare: {
        since: linkShare.since.toISOString(),
        joins: linkShare.joins,
        withOwnLink: linkShare.withOwnLink,
        share: linkShare.joins === 0 ? null : linkShare.withOwnLink / linkShare.joins,
      },
      version: channel.version,
      configuredAt: channel.configuredAt?.toISOString() ?? null,
    };
  }
}

export interface ChannelFacts {
  readonly channel: ChannelRow;
  readonly bots: readonly ChannelBotEntity[];
  readonly linkShare: LinkShare;
  readonly clickUrl: string | null;
}

export class ChannelList {
  @ApiProperty({ type: [ChannelView] }) items!: ChannelView[];
}
