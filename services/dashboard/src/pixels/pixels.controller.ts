import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { By, type Actor } from '../sign-in/principal';
import { SiteParam } from '../sites/site.dto';
import { PixelDesk } from './pixel-desk';
import {
  NewPixelDto,
  PixelChangeDto,
  PixelDetailView,
  PixelList,
  PixelParam,
  PixelTestDto,
  PixelTestView,
  PixelView,
} from './pixel.dto';
import { PixelsService } from './pixels.service';

@ApiTags('pixels')
@Controller('v1')
export class PixelsController {
  constructor(
    private readonly pixels: PixelsService,
    private readonly desk: PixelDesk,
  ) {}

  @Get('pixels')
  @ApiOperation({ summary: 'All TikTok pixels' })
  @ApiOkResponse({ type: PixelList })
  async list(): Promise<PixelList> {
    return { items: (await this.pixels.list()).map(({ pixel, state }) => PixelView.of(pixel, state)) };
  }

  @Get('sites/:siteId/pixels')
  @ApiOperation({ summary: 'The pixels of a site: each gets every conversion of it' })
  @ApiOkResponse({ type: PixelList })
  async listOfSite(@Param() { siteId }: SiteParam): Promise<PixelList> {
    return { items: (await this.pixels.list(siteId)).map(({ pixel, state }) => PixelView.of(pixel, state)) };
  }

  @Get('pixels/:pixelId')
  @ApiOperation({ summary: 'One pixel, and what waits for it' })
  @ApiOkResponse({ type: PixelDetailView })
  detail(@Param() { pixelId }: PixelParam): Promise<PixelDetailView> {
    return this.desk.detail(pixelId);
  }

  @Post('sites/:siteId/pixels')
  @ApiOperation({ summary: 'Add a pixel to a site' })
  @ApiCreatedResponse({ type: PixelView })
  async create(
    @Param() { siteId }: SiteParam,
    @Body() pixel: NewPixelDto,
    @By() actor: Actor,
  ): Promise<PixelView> {
    const created = await this.pixels.create(siteId, pixel, actor);
    return PixelView.of(created.pixel, created.state);
  }

  @Patch('pixels/:pixelId')
  @ApiOperation({ summary: 'Change a pixel, pause it or let it go on: what is left out stays' })
  @ApiOkResponse({ type: PixelView })
  async change(
    @Param() { pixelId }: PixelParam,
    @Body() change: PixelChangeDto,
    @By() actor: Actor,
  ): Promise<PixelView> {
    const { pixel, state } = await this.pixels.change(pixelId, change, actor);
    return PixelView.of(pixel, state);
  }

  @Delete('pixels/:pixelId')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a pixel: nothing more is sent to it' })
  @ApiNoContentResponse()
  remove(@Param() { pixelId }: PixelParam, @By() actor: Actor): Promise<void> {
    return this.pixels.remove(pixelId, actor);
  }

  @Post('pixels/:pixelId/test')
  @HttpCode(200)
  @ApiOperation({ summary: 'Send a test event now, and show the exact request and the raw answer' })
  @ApiOkResponse({ type: PixelTestView })
  test(
    @Param() { pixelId }: PixelParam,
    @Body() test: PixelTestDto,
    @By() actor: Actor,
  ): Promise<PixelTestView> {
    return this.desk.test(pixelId, test, actor);
  }

  @Post('pixels/:pixelId/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'Send again to a pixel that TikTok had refused' })
  @ApiOkResponse({ type: PixelDetailView })
  resume(@Param() { pixelId }: PixelParam, @By() actor: Actor): Promise<PixelDetailView> {
    return this.desk.resume(pixelId, actor);
  }
}
