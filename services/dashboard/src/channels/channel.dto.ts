import {
  CHAT_TYPES,
  CURRENCIES,
  CUSTOM_EVENT_NAME,
  DEFAULT_CURRENCY,
  DEFAULT_EVENT_TYPE,
  EVENT_TYPES,
  SLUG,
  TELEGRAM_CHAT_ID,
  tiktokEventName,
  type ChatType,
  type EventType,
} from '@clickjoin/contracts';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsNumber, IsOptional, IsUUID, Matches, Max, Min } from 'class-validator';
import { Line, Trimmed } from '../api/fields';
import type { ChannelBotEntity, ChannelRow } from './channel.entity';

/** The whole set-up of a channel: what is left out, or `null`, is unset. */
export class ChannelSetupDto {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  siteId!: string;

  @ApiProperty({ pattern: SLUG.source, description: 'Visitors come in at /c/<slug>.' })
  @Trimmed()
  @Matches(SLUG, {
    message: '$property must be 1 to 64 lower-case letters, digits and hyphens, with no hyphen at the ends',
  })
  slug!: string;

  @ApiProperty({ enum: EVENT_TYPES })
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

  @ApiPropertyOptional({ type: Number, nullable: true, minimum: 0, maximum: 1_000_000_000 })
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
}

export class ChannelParam {
  @ApiProperty({ description: "Telegram's id of the channel.", example: '-1001234567890' })
  @Matches(TELEGRAM_CHAT_ID, { message: '$property must be the id of a Telegram chat' })
  chatId!: string;
}

export class ChannelBotView {
  @ApiProperty() botId!: string;
  @ApiProperty() isAdmin!: boolean;
  @ApiProperty({ description: 'Without it no invite links can be made, so nothing can be attributed.' })
  canInvite!: boolean;
}

export const CHANNEL_STATUSES = ['detected', 'configured'] as const;
export type ChannelStatus = (typeof CHANNEL_STATUSES)[number];

export class ChannelView {
  @ApiProperty() chatId!: string;
  @ApiProperty({ enum: CHANNEL_STATUSES }) status!: ChannelStatus;
  @ApiProperty({ enum: CHAT_TYPES }) type!: ChatType;
  @ApiProperty() title!: string;
  @ApiProperty({
    description:
      'Telegram often strips the invite link from joins of public channels: they come out as organic.',
  })
  isPublic!: boolean;
  @ApiProperty({ type: String, nullable: true, description: 'Public username without @.' })
  username!: string | null;
  @ApiProperty({ type: [ChannelBotView] }) bots!: ChannelBotView[];
  @ApiProperty({ type: String, nullable: true, description: 'The bot that makes the invite links.' })
  botId!: string | null;
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) siteId!: string | null;
  @ApiProperty({ type: String, nullable: true }) slug!: string | null;
  @ApiProperty({ enum: EVENT_TYPES }) eventType!: EventType;
  @ApiProperty({ type: String, nullable: true }) customEventName!: string | null;
  @ApiProperty({ description: 'The name that TikTok gets.' }) tiktokEventName!: string;
  @ApiProperty({ type: Number, nullable: true }) value!: number | null;
  @ApiProperty() currency!: string;
  @ApiProperty({ type: String, nullable: true }) contentName!: string | null;
  @ApiProperty({ description: 'Counts up with each change; 0 until the channel is set up.' })
  version!: number;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) configuredAt!: string | null;

  static of(channel: ChannelRow, bots: readonly ChannelBotEntity[]): ChannelView {
    const { chatId, type, title, isPublic, username, botId, siteId, slug, customEventName, value } = channel;
    const eventType = channel.eventType ?? DEFAULT_EVENT_TYPE;
    return {
      chatId,
      status: siteId === null ? 'detected' : 'configured',
      type,
      title,
      isPublic,
      username,
      bots: bots.map(({ botId: id, isAdmin, canInvite }) => ({ botId: id, isAdmin, canInvite })),
      botId,
      siteId,
      slug,
      eventType,
      customEventName,
      tiktokEventName: tiktokEventName(eventType, customEventName ?? undefined) ?? '',
      value,
      currency: channel.currency ?? DEFAULT_CURRENCY,
      contentName: channel.contentName,
      version: channel.version,
      configuredAt: channel.configuredAt?.toISOString() ?? null,
    };
  }
}

export class ChannelList {
  @ApiProperty({ type: [ChannelView] }) items!: ChannelView[];
}
