import { BOT_PROBLEMS, UPDATE_SOURCES, type BotProblem, type UpdateSource } from '@clickjoin/contracts';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, Matches } from 'class-validator';
import { applyDecorators } from '@nestjs/common';
import { IfGiven, IfSet, Trimmed } from '../api/fields';
import type { BotCheckEntity } from './bot-check.entity';
import { botProblemInWords } from './bot-problems';
import type { BotEntity } from './bot.entity';

const BotToken = (): PropertyDecorator =>
  applyDecorators(
    Trimmed(),
    Matches(/^\d{1,16}:[A-Za-z0-9_-]{1,200}$/, {
      message: '$property must be a bot token as @BotFather gives it: <digits>:<letters and digits>',
    }),
  );

const TOKEN = {
  format: 'password',
  writeOnly: true,
  description: 'As @BotFather gave it. Checked with Telegram, kept sealed, and never returned.',
};
const UPDATES_BY =
  'How its updates come in. Not set: by webhook where the join-service has a public address, else by long polling.';

export class NewBotDto {
  @ApiProperty(TOKEN)
  @BotToken()
  token!: string;

  @ApiPropertyOptional({ enum: UPDATE_SOURCES, description: UPDATES_BY })
  @IfGiven()
  @IsIn(UPDATE_SOURCES)
  updatesBy?: UpdateSource;
}

export class BotChangeDto {
  @ApiPropertyOptional({ ...TOKEN, description: `${TOKEN.description} Must be a token of the same bot.` })
  @IfGiven()
  @BotToken()
  token?: string;

  @ApiPropertyOptional({
    type: String,
    enum: UPDATE_SOURCES,
    nullable: true,
    description: `${UPDATES_BY} \`null\` unsets it.`,
  })
  @IfSet()
  @IsIn(UPDATE_SOURCES)
  updatesBy?: UpdateSource | null;
}

export class BotParam {
  @ApiProperty({ description: "Telegram's id of the bot." })
  @Matches(/^[1-9]\d{0,15}$/, { message: '$property must be the id of a Telegram bot' })
  botId!: string;
}

export class BotProblemView {
  @ApiProperty({ enum: BOT_PROBLEMS }) problem!: BotProblem;
  @ApiProperty({ description: 'What is wrong, in plain words.' }) explanation!: string;
  @ApiProperty({ description: 'What to do.' }) advice!: string;
}

/** How a bot's updates come in, as of the last look. */
export class BotCheckView {
  @ApiProperty({ format: 'date-time' }) checkedAt!: string;
  @ApiProperty({ enum: UPDATE_SOURCES, description: 'How they come in at the moment.' })
  updatesBy!: UpdateSource;
  @ApiProperty({ type: [BotProblemView], description: 'Empty: all is well.' }) problems!: BotProblemView[];
  @ApiProperty({ type: Number, nullable: true, description: 'Updates that wait at Telegram.' })
  pendingUpdates!: number | null;
  @ApiProperty({ type: String, nullable: true, description: "Telegram's own words of the latest error." })
  message!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) lastErrorAt!: string | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'The newest update that came.',
  })
  lastUpdateAt!: string | null;

  static of(check: BotCheckEntity): BotCheckView {
    return {
      checkedAt: check.checkedAt.toISOString(),
      updatesBy: check.updatesBy,
      problems: check.problems.map((problem) => ({ problem, ...botProblemInWords(problem) })),
      pendingUpdates: check.pendingUpdates,
      message: check.message,
      lastErrorAt: check.lastErrorAt?.toISOString() ?? null,
      lastUpdateAt: check.lastUpdateAt?.toISOString() ?? null,
    };
  }
}

export class BotView {
  @ApiProperty({ description: "Telegram's id of the bot." }) botId!: string;
  @ApiProperty({ description: 'Without @.' }) username!: string;
  @ApiProperty({ description: 'As Telegram shows it.' }) name!: string;
  @ApiProperty({ type: String, enum: UPDATE_SOURCES, nullable: true, description: UPDATES_BY })
  updatesBy!: UpdateSource | null;
  @ApiProperty({
    description: 'Opens Telegram, to add the bot to a channel as administrator with the right to invite.',
  })
  addToChannelUrl!: string;
  @ApiProperty({ description: 'The same for a group.' }) addToGroupUrl!: string;
  @ApiProperty({ type: BotCheckView, nullable: true, description: 'Null: not looked at yet.' })
  check!: BotCheckView | null;
  @ApiProperty({ description: 'Counts up with each change.' }) version!: number;
  @ApiProperty({ format: 'date-time' }) configuredAt!: string;

  /** Field by field, so that the secrets can't come along. */
  static of(bot: BotEntity, check: BotCheckEntity | undefined): BotView {
    const { botId, username, name, updatesBy, version, configuredAt } = bot;
    return {
      botId,
      username,
      name,
      updatesBy,
      // reference/telegram-bot-api.md §5: rights are joined by "+"; an empty list would be a plain profile link.
      addToChannelUrl: `https://t.me/${username}?startchannel&admin=invite_users`,
      addToGroupUrl: `https://t.me/${username}?startgroup&admin=invite_users`,
      check: check === undefined ? null : BotCheckView.of(check),
      version,
      configuredAt: configuredAt.toISOString(),
    };
  }
}

export class BotList {
  @ApiProperty({ type: [BotView] }) items!: BotView[];
}
