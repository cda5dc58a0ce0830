import { Body, Controller, Get, Param, Patch, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { NewSiteDto, SiteChangeDto, SiteList, SiteParam, SiteView } from './site.dto';
import { SitesService } from './sites.service';

@ApiTags('sites')
@Controller('v1/sites')
export class SitesController {
  constructor(private readonly sites: SitesService) {}

  @Get()
  @ApiOperation({ summary: 'All landing sites' })
  @ApiOkResponse({ type: SiteList })
  async list(): Promise<SiteList> {
    return { items: (await this.sites.list()).map((site) => SiteView.of(site)) };
  }

  @Get(':siteId')
  @ApiOperation({ summary: 'One site' })
  @ApiOkResponse({ type: SiteView })
  async get(@Param() { siteId }: SiteParam): Promise<SiteView> {
    return SiteView.of(await this.sites.get(siteId));
  }

  @Post()
  @ApiOperation({ summary: 'Add a site' })
  @ApiCreatedResponse({ type: SiteView })
  async create(@Body() site: NewSiteDto): Promise<SiteView> {
    return SiteView.of(await this.sites.create(site));
  }

  @Patch(':siteId')
  @ApiOperation({ summary: 'Change a site: what is left out stays' })
  @ApiOkResponse({ type: SiteView })
  async change(@Param() { siteId }: SiteParam, @Body() change: SiteChangeDto): Promise<SiteView> {
    return SiteView.of(await this.sites.change(siteId, change));
  }
}
