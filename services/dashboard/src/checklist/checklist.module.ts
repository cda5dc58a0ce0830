import { Module } from '@nestjs/common';
import { BotsModule } from '../bots/bots.module';
import { ChannelsModule } from '../channels/channels.module';
import { LinkStockModule } from '../link-stock/link-stock.module';
import { PixelsModule } from '../pixels/pixels.module';
import { SitesModule } from '../sites/sites.module';
import { Checklist } from './checklist';
import { ChecklistController } from './checklist.controller';

@Module({
  imports: [SitesModule, BotsModule, ChannelsModule, PixelsModule, LinkStockModule],
  controllers: [ChecklistController],
  providers: [Checklist],
})
export class ChecklistModule {}
