import { Module } from '@nestjs/common';
import { DeliveriesController } from './deliveries.controller';
import { DeliveriesHandler } from './deliveries.handler';
import { DeliveriesReader } from './deliveries.reader';
import { DeliveriesStore } from './deliveries.store';

@Module({
  controllers: [DeliveriesController, DeliveriesHandler],
  providers: [DeliveriesStore, DeliveriesReader],
  exports: [DeliveriesReader],
})
export class DeliveriesModule {}
