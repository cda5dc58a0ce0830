import { ApiProperty } from '@nestjs/swagger';

export const STOCK_STATES = ['stocked', 'low', 'failing', 'not-needed'] as const;
export type StockState = (typeof STOCK_STATES)[number];

export class StockFailureView {
  @ApiProperty({ description: "Telegram's words." }) reason!: string;
  @ApiProperty({ description: 'Failed tries in a row.' }) failures!: number;
  @ApiProperty({ format: 'date-time' }) failedAt!: string;
  @ApiProperty({ format: 'date-time', description: 'The next try.' }) retryAt!: string;
}

export class ChannelStockView {
  @ApiProperty() chatId!: string;
  @ApiProperty({ description: 'Invite links that wait for a visitor.' }) free!: number;
  @ApiProperty({ description: 'Below it, more are made.' }) lowMark!: number;
  @ApiProperty({ description: 'Up to it.' }) highMark!: number;
  @ApiProperty({ description: 'Whether there is a shared link for when they run out.' })
  hasFallback!: boolean;
  @ApiProperty({
    enum: STOCK_STATES,
    description:
      '`low`: being refilled. `failing`: Telegram makes no links at the moment. `not-needed`: visitors go by the bot.',
  })
  state!: StockState;
  @ApiProperty({ type: StockFailureView, nullable: true }) failure!: StockFailureView | null;
}

export class StockView {
  @ApiProperty({ type: [ChannelStockView] }) channels!: ChannelStockView[];
}
