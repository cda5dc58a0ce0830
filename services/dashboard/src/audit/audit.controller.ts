import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AuditPage, AuditQuery } from './audit.dto';
import { AuditLog } from './audit-log';

@ApiTags('access')
@Controller('v1/audit')
export class AuditController {
  constructor(private readonly audit: AuditLog) {}

  @Get()
  @ApiOperation({ summary: 'Who changed what, the newest first. Holds no secrets' })
  @ApiOkResponse({ type: AuditPage })
  page(@Query() query: AuditQuery): Promise<AuditPage> {
    return this.audit.page(query);
  }
}
