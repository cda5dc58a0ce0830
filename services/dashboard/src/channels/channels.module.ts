import { Module } from '@nestjs/common';
import { SettingsModule } from '../settings/settings.module';
import { ChannelDetectedHandler } from './channel-detected.handler';
import { ChannelsController } from './channels.controller';
import { ChannelsService } from './channels.service';
import { ChannelsStore } from './channels.store';

@Module({
  imports: [SettingsModule],
  controllers: [ChannelsController, ChannelDetectedHandler],
  providers: [ChannelsStore, ChannelsService],
})
export class ChannelsModule {}
