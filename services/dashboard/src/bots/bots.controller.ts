import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { By, type Actor } from '../sign-in/principal';
import { BotChangeDto, BotList, BotParam, BotView, NewBotDto } from './bot.dto';
import { BotsService } from './bots.service';

@ApiTags('bots')
@Controller('v1/bots')
export class BotsController {
  constructor(private readonly bots: BotsService) {}

  @Get()
  @ApiOperation({ summary: 'All Telegram bots, and how their updates come in' })
  @ApiOkResponse({ type: BotList })
  async list(): Promise<BotList> {
    return { items: (await this.bots.list()).map(({ bot, check }) => BotView.of(bot, check)) };
  }

  @Get(':botId')
  @ApiOperation({ summary: 'One bot' })
  @ApiOkResponse({ type: BotView })
  async get(@Param() { botId }: BotParam): Promise<BotView> {
    const { bot, check } = await this.bots.get(botId);
    return BotView.of(bot, check);
  }

  @Post()
  @ApiOperation({
    summary: 'Add a bot, or give a known bot its new token; the token is checked with Telegram',
  })
  @ApiCreatedResponse({ type: BotView })
  async add(@Body() added: NewBotDto, @By() actor: Actor): Promise<BotView> {
    const { bot, check } = await this.bots.add(added, actor);
    return BotView.of(bot, check);
  }

  @Patch(':botId')
  @ApiOperation({ summary: 'Change a bot: what is left out stays, the token too' })
  @ApiOkResponse({ type: BotView })
  async change(
    @Param() { botId }: BotParam,
    @Body() change: BotChangeDto,
    @By() actor: Actor,
  ): Promise<BotView> {
    const { bot, check } = await this.bots.change(botId, change, actor);
    return BotView.of(bot, check);
  }

  @Post(':botId/rotate-webhook-secret')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Make a new webhook secret; the one before is still taken until the next rotation',
  })
  @ApiOkResponse({ type: BotView })
  async rotate(@Param() { botId }: BotParam, @By() actor: Actor): Promise<BotView> {
    const { bot, check } = await this.bots.rotateWebhookSecret(botId, actor);
    return BotView.of(bot, check);
  }

  @Delete(':botId')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a bot that makes the links of no channel (409 otherwise)' })
  @ApiNoContentResponse()
  remove(@Param() { botId }: BotParam, @By() actor: Actor): Promise<void> {
    return this.bots.remove(botId, actor);
  }
}
