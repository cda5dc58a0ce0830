import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { LinkStock } from './link-stock';
import { StockView } from './link-stock.dto';

@ApiTags('channels')
@Controller('v1/stock')
export class LinkStockController {
  constructor(private readonly stock: LinkStock) {}

  @Get()
  @ApiOperation({ summary: 'Invite links in stock, channel by channel. 503 while the click-service is away' })
  @ApiOkResponse({ type: StockView })
  async list(): Promise<StockView> {
    return { channels: await this.stock.list() };
  }
}
