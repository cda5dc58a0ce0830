import { Module } from '@nestjs/common';
import { SettingsModule } from '../settings/settings.module';
import { ChannelDetectedHandler } from './channel-detected.handler';
import { ChannelsController } from './channels.controller';
import { ChannelsService } from './channels.service';
import { ChannelsStore } from './channels.store';
import { ChatMigratedHandler } from './chat-migrated.handler';
import { LinkShares } from './link-share';

@Module({
  imports: [SettingsModule],
  controllers: [ChannelsController, ChannelDetectedHandler, ChatMigratedHandler],
  providers: [ChannelsStore, ChannelsService, LinkShares],
  exports: [ChannelsService],
})
export class ChannelsModule {}
