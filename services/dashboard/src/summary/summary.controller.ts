import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ScopeQuery } from '../api/page.dto';
import { SummaryView } from './summary.dto';
import { SummaryReader } from './summary.reader';

@ApiTags('summary')
@Controller('v1/summary')
export class SummaryController {
  constructor(private readonly reader: SummaryReader) {}

  @Get()
  @ApiOperation({ summary: 'What became of the clicks: the books in figures' })
  @ApiOkResponse({ type: SummaryView })
  summary(@Query() scope: ScopeQuery): Promise<SummaryView> {
    return this.reader.summary(scope);
  }
}
