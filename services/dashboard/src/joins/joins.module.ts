import { Module } from '@nestjs/common';
import { DeliveriesModule } from '../deliveries/deliveries.module';
import { JoinsController } from './joins.controller';
import { JoinsHandler } from './joins.handler';
import { JoinsReader } from './joins.reader';
import { JoinsStore } from './joins.store';

@Module({
  imports: [DeliveriesModule],
  controllers: [JoinsController, JoinsHandler],
  providers: [JoinsStore, JoinsReader],
})
export class JoinsModule {}
