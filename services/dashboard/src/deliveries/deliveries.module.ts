import { Module } from '@nestjs/common';
import { DeliveriesController } from './deliveries.controller';
import { DeliveryUpdatedHandler } from './delivery-updated.handler';
import { DeliveriesReader } from './deliveries.reader';
import { DeliveriesStore } from './deliveries.store';
import { DeliveryDesk } from './delivery-desk';

@Module({
  controllers: [DeliveriesController, DeliveryUpdatedHandler],
  providers: [DeliveriesStore, DeliveriesReader, DeliveryDesk],
  exports: [DeliveriesReader],
})
export class DeliveriesModule {}
