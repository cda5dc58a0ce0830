import { TELEGRAM_CHAT_ID, WIRE_FORMATS, type WireFormat } from '@clickjoin/contracts';
import { ApiProperty, ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsObject, Matches, ValidateNested } from 'class-validator';
import { IfGiven, Line } from '../api/fields';
import { ChannelSetupDto } from '../channels/channel.dto';

/** As in the channel's set-up. */
export class PreviewedChannelDto extends PickType(ChannelSetupDto, [
  'eventType',
  'customEventName',
  'value',
  'currency',
  'contentName',
] as const) {
  @ApiProperty({ maxLength: 512, description: 'The channel’s title: sent where there is no content name.' })
  @Line(512)
  title!: string;
}

export class EventPreviewDto {
  @ApiPropertyOptional({ example: '-1001234567890' })
  @IfGiven()
  @Matches(TELEGRAM_CHAT_ID, { message: '$property must be the id of a Telegram chat' })
  chatId?: string;

  @ApiProperty({ type: PreviewedChannelDto })
  @IsObject()
  @ValidateNested()
  @Type(() => PreviewedChannelDto)
  channel!: PreviewedChannelDto;

  @ApiProperty({ enum: WIRE_FORMATS, description: 'Version of the Events API.' })
  @IsIn(WIRE_FORMATS)
  wireFormat!: WireFormat;
}

export class EventPreviewView {
  @ApiProperty({ description: 'The name that TikTok gets.' }) eventName!: string;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'The body of the request, with an invented visitor and person.',
  })
  body!: Record<string, unknown>;
}
