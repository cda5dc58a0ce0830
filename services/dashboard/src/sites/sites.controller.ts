import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { By, type Actor } from '../sign-in/principal';
import { NewSiteDto, SiteApiKeyView, SiteChangeDto, SiteList, SiteParam, SiteView } from './site.dto';
import { SitesService } from './sites.service';

@ApiTags('sites')
@Controller('v1/sites')
export class SitesController {
  constructor(private readonly sites: SitesService) {}

  @Get()
  @ApiOperation({ summary: 'All landing sites, the oldest first' })
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
  async create(@Body() site: NewSiteDto, @By() actor: Actor): Promise<SiteView> {
    return SiteView.of(await this.sites.create(site, actor));
  }

  @Patch(':siteId')
  @ApiOperation({ summary: 'Change a site: what is left out stays' })
  @ApiOkResponse({ type: SiteView })
  async change(
    @Param() { siteId }: SiteParam,
    @Body() change: SiteChangeDto,
    @By() actor: Actor,
  ): Promise<SiteView> {
    return SiteView.of(await this.sites.change(siteId, change, actor));
  }

  @Delete(':siteId')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a site that has no channels and no pixels (409 otherwise)' })
  @ApiNoContentResponse()
  remove(@Param() { siteId }: SiteParam, @By() actor: Actor): Promise<void> {
    return this.sites.remove(siteId, actor);
  }

  @Post(':siteId/api-key')
  @ApiOperation({
    summary: "Make the key by which the site's servers call POST /v1/clicks; it is shown this once",
  })
  @ApiCreatedResponse({ type: SiteApiKeyView })
  async makeApiKey(@Param() { siteId }: SiteParam, @By() actor: Actor): Promise<SiteApiKeyView> {
    return { apiKey: await this.sites.makeApiKey(siteId, actor) };
  }

  @Delete(':siteId/api-key')
  @HttpCode(204)
  @ApiOperation({ summary: "Take the key of the site's servers away" })
  @ApiNoContentResponse()
  removeApiKey(@Param() { siteId }: SiteParam, @By() actor: Actor): Promise<void> {
    return this.sites.removeApiKey(siteId, actor);
  }
}
