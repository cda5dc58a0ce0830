import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ChangesNothing } from '../sign-in/access-rule';
import { EventPreviewDto, EventPreviewView } from './event-preview.dto';
import { EventPreviews } from './event-previews';

@ApiTags('channels')
@Controller('v1/event-previews')
export class EventPreviewsController {
  constructor(private readonly previews: EventPreviews) {}

  @Post()
  @HttpCode(200)
  @ChangesNothing()
  @ApiOperation({ summary: 'The exact event that TikTok would get for a join of such a channel' })
  @ApiOkResponse({ type: EventPreviewView })
  preview(@Body() preview: EventPreviewDto): Promise<EventPreviewView> {
    return this.previews.preview(preview);
  }
}
