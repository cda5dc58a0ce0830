import { Body, Controller, HttpCode, Inject, Post, UseGuards } from '@nestjs/common';
import {
  CURRENCIES,
  CUSTOM_EVENT_NAME,
  EVENT_TYPES,
  TELEGRAM_CHAT_ID,
  WIRE_FORMATS,
  type Clock,
  type EventType,
  type WireFormat,
} from '@clickjoin/contracts';
import { CLOCK, InternalApiGuard, Problem } from '@clickjoin/service-kit';
import { Type } from 'class-transformer';
import {
  IsIn,
  IsNumber,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { buildEvent } from '../build-request/build-event';
import { writeRequest, type TikTokRequest } from '../build-request/write-request';
import { sampleConversion } from './sample-conversion';

class PreviewedChannel {
  @IsIn(EVENT_TYPES) readonly eventType!: EventType;
  @IsOptional() @Matches(CUSTOM_EVENT_NAME) readonly customEventName?: string;
  @IsOptional() @IsNumber() @Min(0) @Max(1_000_000_000) readonly value?: number;
  @IsOptional() @IsIn(CURRENCIES) readonly currency?: string;
  @IsOptional() @IsString() @MaxLength(200) readonly contentName?: string;
  @IsString() @MaxLength(300) readonly title!: string;
}

class PreviewRequest {
  @IsOptional() @Matches(TELEGRAM_CHAT_ID) readonly chatId?: string;
  @ValidateNested() @Type(() => PreviewedChannel) readonly channel!: PreviewedChannel;
  @IsIn(WIRE_FORMATS) readonly wireFormat!: WireFormat;
}

interface EventPreview extends TikTokRequest {
  readonly eventName: string;
}

const NOBODY = '00000000-0000-0000-0000-000000000000';

/** What a channel's joins would be reported as, before its settings are saved: invented facts, the real mapping. */
@UseGuards(InternalApiGuard)
@Controller('v1/event-previews')
export class EventPreviewsController {
  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  @Post()
  @HttpCode(200)
  preview(@Body() { chatId = '-1000000000000', channel, wireFormat }: PreviewRequest): EventPreview {
    const conversion = sampleConversion(
      NOBODY,
      { chatId, siteId: NOBODY, title: channel.title },
      this.clock.now(),
    );
    const built = buildEvent(conversion, channel, { pixelCode: 'YOURPIXELCODE', wireFormat });
    if (!built.ok) throw new Problem(422, { detail: built.explanation });
    return { eventName: built.event.eventName, ...writeRequest([built.event]) };
  }
}
