import { Module } from '@nestjs/common';
import { SettingsModule } from '../settings/settings.module';
import { SitesModule } from '../sites/sites.module';
import { PixelsController } from './pixels.controller';
import { PixelsService } from './pixels.service';

@Module({
  imports: [SettingsModule, SitesModule],
  controllers: [PixelsController],
  providers: [PixelsService],
})
export class PixelsModule {}
