import { Module } from '@nestjs/common';
import { SettingsModule } from '../settings/settings.module';
import { BotsController } from './bots.controller';
import { BotsService } from './bots.service';
import { TelegramCheck } from './telegram-check';

@Module({
  imports: [SettingsModule],
  controllers: [BotsController],
  providers: [BotsService, TelegramCheck],
})
export class BotsModule {}
