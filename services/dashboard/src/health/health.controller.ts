import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthQuery, HealthView } from './health.dto';
import { HealthDesk } from './health-desk';

@ApiTags('health')
@Controller('v1/health')
export class HealthController {
  constructor(private readonly desk: HealthDesk) {}

  @Get()
  @ApiOperation({
    summary: 'Whether updates come in, links are there, TikTok takes events, and the services keep up',
  })
  @ApiOkResponse({ type: HealthView })
  async health(@Query() { siteId }: HealthQuery): Promise<HealthView> {
    return { pills: await this.desk.pills(siteId) };
  }
}
