import { ApiProperty } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import { Trimmed } from '../api/fields';
import type { BotEntity } from './bot.entity';

export class NewBotDto {
  @ApiProperty({
    format: 'password',
    writeOnly: true,
    description: 'As @BotFather gave it. Checked with Telegram, kept sealed, and never returned.',
  })
  @Trimmed()
  @Matches(/^\d{1,16}:[A-Za-z0-9_-]{1,200}$/, {
    message: '$property must be a bot token as @BotFather gives it: <digits>:<letters and digits>',
  })
  token!: string;
}

export class BotView {
  @ApiProperty() botId!: string;
  @ApiProperty({ description: 'Without @.' }) username!: string;
  @ApiProperty() name!: string;
  @ApiProperty({ description: 'Counts up with each change.' }) version!: number;
  @ApiProperty({ format: 'date-time' }) configuredAt!: string;

  /** Field by field, so that the secrets can't come along. */
  static of({ botId, username, name, version, configuredAt }: BotEntity): BotView {
    return { botId, username, name, version, configuredAt: configuredAt.toISOString() };
  }
}

export class BotList {
  @ApiProperty({ type: [BotView] }) items!: BotView[];
}
