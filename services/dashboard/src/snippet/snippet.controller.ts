import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SiteParam } from '../sites/site.dto';
import { SnippetView } from './snippet.dto';
import { Snippet } from './snippet';

@ApiTags('sites')
@Controller('v1/sites/:siteId/snippet')
export class SnippetController {
  constructor(private readonly snippet: Snippet) {}

  @Get()
  @ApiOperation({ summary: 'What goes into the landing pages, and where the script was seen' })
  @ApiOkResponse({ type: SnippetView })
  of(@Param() { siteId }: SiteParam): Promise<SnippetView> {
    return this.snippet.of(siteId);
  }
}
