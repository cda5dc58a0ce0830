import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { sendCsv, type CsvReply } from '../api/csv';
import { DeliveriesReader } from './deliveries.reader';
import { DeliveryDesk } from './delivery-desk';
import { DELIVERY_COLUMNS } from './delivery-columns';
import {
  DeliveriesFilter,
  DeliveriesQuery,
  DeliveryDetailView,
  DeliveryPage,
  DeliveryParam,
} from './delivery.dto';

@ApiTags('deliveries')
@Controller('v1')
export class DeliveriesController {
  constructor(
    private readonly deliveries: DeliveriesReader,
    private readonly desk: DeliveryDesk,
  ) {}

  @Get('deliveries')
  @ApiOperation({ summary: 'Deliveries to TikTok with their attempts, the newest joins first' })
  @ApiOkResponse({ type: DeliveryPage })
  async page(@Query() query: DeliveriesQuery): Promise<DeliveryPage> {
    const { items, nextCursor } = await this.deliveries.page(query);
    return { items: [...items], nextCursor };
  }

  @Get('deliveries.csv')
  @ApiOperation({ summary: 'The same as a CSV file, whole' })
  @ApiProduces('text/csv')
  @ApiOkResponse({ schema: { type: 'string' } })
  csv(@Query() filter: DeliveriesFilter, @Res() reply: CsvReply): void {
    sendCsv(reply, 'deliveries.csv', DELIVERY_COLUMNS, this.deliveries.all(filter));
  }

  @Get('deliveries/:deliveryId')
  @ApiOperation({ summary: 'One delivery: the exact request, each answer, the next retry' })
  @ApiOkResponse({ type: DeliveryDetailView })
  detail(@Param() { deliveryId }: DeliveryParam): Promise<DeliveryDetailView> {
    return this.desk.detail(deliveryId);
  }
}
