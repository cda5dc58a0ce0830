import { Module } from '@nestjs/common';
import { ChannelsModule } from '../channels/channels.module';
import { SitesModule } from '../sites/sites.module';
import { Snippet } from './snippet';
import { SnippetController } from './snippet.controller';

@Module({
  imports: [SitesModule, ChannelsModule],
  controllers: [SnippetController],
  providers: [Snippet],
})
export class SnippetModule {}
