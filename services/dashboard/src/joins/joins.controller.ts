import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { sendCsv, type CsvReply } from '../api/csv';
import { JoinDesk } from './join-desk';
import { JoinDetailView, JoinPage, JoinParam, JoinsFilter, JoinsQuery } from './join.dto';
import { JOIN_COLUMNS } from './join-columns';
import { JoinsReader } from './joins.reader';

@ApiTags('joins')
@Controller('v1')
export class JoinsController {
  constructor(
    private readonly joins: JoinsReader,
    private readonly desk: JoinDesk,
  ) {}

  @Get('joins')
  @ApiOperation({ summary: 'Joins, the newest first: attributed or organic, and why' })
  @ApiOkResponse({ type: JoinPage })
  async page(@Query() query: JoinsQuery): Promise<JoinPage> {
    const { items, nextCursor } = await this.joins.page(query);
    return { items: [...items], nextCursor };
  }

  @Get('joins.csv')
  @ApiOperation({ summary: 'The same as a CSV file, whole' })
  @ApiProduces('text/csv')
  @ApiOkResponse({ schema: { type: 'string' } })
  csv(@Query() filter: JoinsFilter, @Res() reply: CsvReply): void {
    sendCsv(reply, 'joins.csv', JOIN_COLUMNS, this.joins.all(filter));
  }

  @Get('joins/:joinId')
  @ApiOperation({ summary: 'One join: what led to it, what was decided and why, what was sent' })
  @ApiOkResponse({ type: JoinDetailView })
  detail(@Param() { joinId }: JoinParam): Promise<JoinDetailView> {
    return this.desk.detail(joinId);
  }
}
