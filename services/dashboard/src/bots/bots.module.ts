import { TelegramClient } from '@clickjoin/telegram';
import { Module } from '@nestjs/common';
import { DashboardConfig } from '../config';
import { SettingsModule } from '../settings/settings.module';
import { BotCheckStore } from './bot-check.store';
import { BotCheckedHandler } from './bot-checked.handler';
import { BotsController } from './bots.controller';
import { BotsService } from './bots.service';
import { TelegramCheck } from './telegram-check';

@Module({
  imports: [SettingsModule],
  controllers: [BotsController, BotCheckedHandler],
  providers: [
    BotsService,
    BotCheckStore,
    TelegramCheck,
    {
      provide: TelegramClient,
      inject: [DashboardConfig],
      useFactory: ({ telegramApiUrl }: DashboardConfig) => new TelegramClient(telegramApiUrl),
    },
  ],
  exports: [BotsService],
})
export class BotsModule {}
