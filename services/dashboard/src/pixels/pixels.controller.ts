import { Body, Controller, Get, Param, Patch, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SiteParam } from '../sites/site.dto';
import { NewPixelDto, PixelChangeDto, PixelList, PixelParam, PixelView } from './pixel.dto';
import { PixelsService } from './pixels.service';

@ApiTags('pixels')
@Controller('v1')
export class PixelsController {
  constructor(private readonly pixels: PixelsService) {}

  @Get('pixels')
  @ApiOperation({ summary: 'All TikTok pixels' })
  @ApiOkResponse({ type: PixelList })
  async list(): Promise<PixelList> {
    return { items: (await this.pixels.list()).map((pixel) => PixelView.of(pixel)) };
  }

  @Get('sites/:siteId/pixels')
  @ApiOperation({ summary: 'The pixels of a site: each gets every conversion of it' })
  @ApiOkResponse({ type: PixelList })
  async listOfSite(@Param() { siteId }: SiteParam): Promise<PixelList> {
    return { items: (await this.pixels.list(siteId)).map((pixel) => PixelView.of(pixel)) };
  }

  @Post('sites/:siteId/pixels')
  @ApiOperation({ summary: 'Add a pixel to a site' })
  @ApiCreatedResponse({ type: PixelView })
  async create(@Param() { siteId }: SiteParam, @Body() pixel: NewPixelDto): Promise<PixelView> {
    return PixelView.of(await this.pixels.create(siteId, pixel));
  }

  @Patch('pixels/:pixelId')
  @ApiOperation({ summary: 'Change a pixel: what is left out stays' })
  @ApiOkResponse({ type: PixelView })
  async change(@Param() { pixelId }: PixelParam, @Body() change: PixelChangeDto): Promise<PixelView> {
    return PixelView.of(await this.pixels.change(pixelId, change));
  }
}
