import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { Who, type Principal } from '../sign-in/principal';
import { ChangedView } from './live-event.dto';
import { LiveEvents, type EventStreamReply, type EventStreamRequest } from './live-events';

@ApiTags('events')
@Controller('v1/events')
export class LiveEventsController {
  constructor(private readonly events: LiveEvents) {}

  @Get()
  @ApiOperation({
    summary: 'Server-sent events: what has something new',
    description:
      'An event `watching` first: read what you show once more, whatever changes from then on is told. Then events ' +
      '`changed`, at most one a second; a comment every 15 s as heartbeat. Ends when the session ends ' +
      'or the service stops: an EventSource then comes back by itself, and learns by a 401 that nobody is signed in.',
  })
  @ApiExtraModels(ChangedView)
  @ApiOkResponse({
    description: '`event: changed`, `data:` as ChangedView',
    content: { 'text/event-stream': { schema: { $ref: getSchemaPath(ChangedView) } } },
  })
  open(
    @Who() principal: Principal,
    @Req() request: EventStreamRequest,
    @Res() reply: EventStreamReply,
  ): void {
    this.events.open(principal, request, reply);
  }
}
