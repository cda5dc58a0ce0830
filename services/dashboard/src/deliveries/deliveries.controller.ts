import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DeliveriesReader } from './deliveries.reader';
import { DeliveriesQuery, DeliveryPage } from './delivery.dto';

@ApiTags('deliveries')
@Controller('v1/deliveries')
export class DeliveriesController {
  constructor(private readonly deliveries: DeliveriesReader) {}

  @Get()
  @ApiOperation({ summary: 'Deliveries to TikTok with their attempts, the newest joins first' })
  @ApiOkResponse({ type: DeliveryPage })
  async page(@Query() query: DeliveriesQuery): Promise<DeliveryPage> {
    const { items, nextCursor } = await this.deliveries.page(query);
    return { items: [...items], nextCursor };
  }
}
