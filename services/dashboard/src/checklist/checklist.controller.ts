import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SiteParam } from '../sites/site.dto';
import { Checklist } from './checklist';
import { ChecklistView } from './checklist.dto';

@ApiTags('sites')
@Controller('v1/sites/:siteId/checklist')
export class ChecklistController {
  constructor(private readonly checklist: Checklist) {}

  @Get()
  @ApiOperation({ summary: 'What of a working site is there, as it is now, and what to do about the rest' })
  @ApiOkResponse({ type: ChecklistView })
  of(@Param() { siteId }: SiteParam): Promise<ChecklistView> {
    return this.checklist.of(siteId);
  }
}
