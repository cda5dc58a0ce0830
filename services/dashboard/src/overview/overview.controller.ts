import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SiteParam } from '../sites/site.dto';
import { OverviewQuery, OverviewView } from './overview.dto';
import { OverviewReader } from './overview.reader';

@ApiTags('overview')
@Controller('v1/sites/:siteId/overview')
export class OverviewController {
  constructor(private readonly reader: OverviewReader) {}

  @Get()
  @ApiOperation({ summary: 'What became of the clicks of a site in a period, and over time' })
  @ApiOkResponse({ type: OverviewView })
  overview(@Param() { siteId }: SiteParam, @Query() query: OverviewQuery): Promise<OverviewView> {
    return this.reader.overview(siteId, query);
  }
}
