import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { By, type Actor } from '../sign-in/principal';
import { ChannelList, ChannelParam, ChannelSetupDto, ChannelView } from './channel.dto';
import { ChannelsService } from './channels.service';

@ApiTags('channels')
@Controller('v1/channels')
export class ChannelsController {
  constructor(private readonly channels: ChannelsService) {}

  @Get()
  @ApiOperation({ summary: 'All channels: detected, and set up' })
  @ApiOkResponse({ type: ChannelList })
  async list(): Promise<ChannelList> {
    return { items: (await this.channels.list()).map((channel) => ChannelView.of(channel)) };
  }

  @Get(':chatId')
  @ApiOperation({ summary: 'One channel' })
  @ApiOkResponse({ type: ChannelView })
  async get(@Param() { chatId }: ChannelParam): Promise<ChannelView> {
    return ChannelView.of(await this.channels.get(chatId));
  }

  @Put(':chatId')
  @ApiOperation({ summary: 'Set a channel up, or change its set-up as a whole' })
  @ApiOkResponse({ type: ChannelView })
  async setUp(
    @Param() { chatId }: ChannelParam,
    @Body() setup: ChannelSetupDto,
    @By() actor: Actor,
  ): Promise<ChannelView> {
    return ChannelView.of(await this.channels.setUp(chatId, setup, actor));
  }

  @Delete(':chatId')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Remove the set-up: the channel is a detected one again, and /c/<slug> leads nowhere',
  })
  @ApiNoContentResponse()
  remove(@Param() { chatId }: ChannelParam, @By() actor: Actor): Promise<void> {
    return this.channels.remove(chatId, actor);
  }
}
