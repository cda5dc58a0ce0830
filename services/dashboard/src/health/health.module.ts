import { Module } from '@nestjs/common';
import { BotsModule } from '../bots/bots.module';
import { ChannelsModule } from '../channels/channels.module';
import { LinkStockModule } from '../link-stock/link-stock.module';
import { PixelsModule } from '../pixels/pixels.module';
import { GroupLags } from './group-lag';
import { HealthDesk } from './health-desk';
import { HealthController } from './health.controller';

@Module({
  imports: [BotsModule, ChannelsModule, PixelsModule, LinkStockModule],
  controllers: [HealthController],
  providers: [HealthDesk, GroupLags],
})
export class HealthModule {}
