import { TelegramClient } from '@clickjoin/telegram';
import { Module } from '@nestjs/common';
import { DashboardConfig } from '../config';
import { SettingsModule } from '../settings/settings.module';
import { BotsController } from './bots.controller';
import { BotsService } from './bots.service';
import { TelegramCheck } from './telegram-check';

@Module({
  imports: [SettingsModule],
  controllers: [BotsController],
  providers: [
    BotsService,
    TelegramCheck,
    {
      provide: TelegramClient,
      inject: [DashboardConfig],
      useFactory: ({ telegramApiUrl }: DashboardConfig) => new TelegramClient(telegramApiUrl),
    },
  ],
})
export class BotsModule {}
