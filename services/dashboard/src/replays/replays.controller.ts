import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { By, type Actor } from '../sign-in/principal';
import { ReplayDto, ReplayView } from './replay.dto';
import { Replays } from './replays';

@ApiTags('deliveries')
@Controller('v1/replays')
export class ReplaysController {
  constructor(private readonly replays: Replays) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Send deliveries once more, or say in a dry run how many that would be' })
  @ApiOkResponse({ type: ReplayView })
  replay(@Body() replay: ReplayDto, @By() actor: Actor): Promise<ReplayView> {
    return this.replays.replay(replay, actor);
  }
}
