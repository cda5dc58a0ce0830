import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { notFound } from '../api/fields';
import { DeliveriesReader } from '../deliveries/deliveries.reader';
import { JoinDetailView, JoinPage, JoinParam, JoinsQuery } from './join.dto';
import { JoinsReader } from './joins.reader';

@ApiTags('joins')
@Controller('v1/joins')
export class JoinsController {
  constructor(
    private readonly joins: JoinsReader,
    private readonly deliveries: DeliveriesReader,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Joins, the newest first: attributed or organic, and why' })
  @ApiOkResponse({ type: JoinPage })
  async page(@Query() query: JoinsQuery): Promise<JoinPage> {
    const { items, nextCursor } = await this.joins.page(query);
    return { items: [...items], nextCursor };
  }

  @Get(':joinId')
  @ApiOperation({ summary: 'One join with its deliveries and their attempts' })
  @ApiOkResponse({ type: JoinDetailView })
  async detail(@Param() { joinId }: JoinParam): Promise<JoinDetailView> {
    const join = await this.joins.find(joinId);
    if (join === undefined) throw notFound('join', joinId);
    return Object.assign(join, { deliveries: await this.deliveries.ofJoin(joinId) });
  }
}
