import { Module } from '@nestjs/common';
import { SettingsModule } from '../settings/settings.module';
import { PixelDesk } from './pixel-desk';
import { PixelStateChangedHandler } from './pixel-state-changed.handler';
import { PixelStateStore } from './pixel-state.store';
import { PixelsController } from './pixels.controller';
import { PixelsService } from './pixels.service';

@Module({
  imports: [SettingsModule],
  controllers: [PixelsController, PixelStateChangedHandler],
  providers: [PixelsService, PixelDesk, PixelStateStore],
  exports: [PixelsService],
})
export class PixelsModule {}
