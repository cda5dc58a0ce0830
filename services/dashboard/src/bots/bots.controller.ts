import { Body, Controller, Get, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { BotList, BotView, NewBotDto } from './bot.dto';
import { BotsService } from './bots.service';

@ApiTags('bots')
@Controller('v1/bots')
export class BotsController {
  constructor(private readonly bots: BotsService) {}

  @Get()
  @ApiOperation({ summary: 'All Telegram bots' })
  @ApiOkResponse({ type: BotList })
  async list(): Promise<BotList> {
    return { items: (await this.bots.list()).map((bot) => BotView.of(bot)) };
  }

  @Post()
  @ApiOperation({ summary: 'Add a bot, or give a known bot its new token' })
  @ApiCreatedResponse({ type: BotView })
  async add(@Body() { token }: NewBotDto): Promise<BotView> {
    return BotView.of(await this.bots.add(token));
  }
}
