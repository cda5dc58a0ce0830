import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { TelegramClient } from '@clickjoin/telegram';

/** Closes the connections to Telegram when HTTP is closed: until then, updates may ask for calls. */
@Injectable()
export class TelegramConnection implements OnApplicationShutdown {
  constructor(private readonly telegram: TelegramClient) {}

  async onApplicationShutdown(): Promise<void> {
    await this.telegram.close();
  }
}
