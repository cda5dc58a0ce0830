import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
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
    const channels = await this.channels.list();
    return { items: channels.map(({ channel, bots }) => ChannelView.of(channel, bots)) };
  }

  @Put(':chatId')
  @ApiOperation({ summary: 'Set a channel up, or change its set-up as a whole' })
  @ApiOkResponse({ type: ChannelView })
  async setUp(@Param() { chatId }: ChannelParam, @Body() setup: ChannelSetupDto): Promise<ChannelView> {
    const { channel, bots } = await this.channels.setUp(chatId, setup);
    return ChannelView.of(channel, bots);
  }
}
