import { Controller, Get, Param, UseGuards } from '@nestjs/common';
import { InternalApiGuard, Problem } from '@clickjoin/service-kit';
import { IsUUID } from 'class-validator';
import { DeliveryStore, type DeliveryDetail } from './delivery.store';

class DeliveryParams {
  @IsUUID()
  readonly deliveryId!: string;
}

/** For the dashboard. Internal: the request holds the visitor's address and browser. */
@UseGuards(InternalApiGuard)
@Controller('v1/deliveries')
export class DeliveriesController {
  constructor(private readonly store: DeliveryStore) {}

  @Get(':deliveryId')
  async getDelivery(@Param() { deliveryId }: DeliveryParams): Promise<DeliveryDetail> {
    const found = await this.store.find(deliveryId);
    if (found === undefined) throw new Problem(404, { detail: `There is no delivery ${deliveryId}.` });
    return found;
  }
}
