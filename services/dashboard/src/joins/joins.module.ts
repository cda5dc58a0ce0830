import { Module } from '@nestjs/common';
import { DeliveriesModule } from '../deliveries/deliveries.module';
import { ConversionAttributedHandler } from './conversion-attributed.handler';
import { JoinOrganicHandler } from './join-organic.handler';
import { JoinReceivedHandler } from './join-received.handler';
import { JoinDesk } from './join-desk';
import { JoinsController } from './joins.controller';
import { JoinsReader } from './joins.reader';
import { JoinsStore } from './joins.store';

@Module({
  imports: [DeliveriesModule],
  controllers: [JoinsController, JoinReceivedHandler, ConversionAttributedHandler, JoinOrganicHandler],
  providers: [JoinsStore, JoinsReader, JoinDesk],
})
export class JoinsModule {}
