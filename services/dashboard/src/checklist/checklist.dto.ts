import { ApiProperty } from '@nestjs/swagger';
import { FindingView } from '../health/finding.dto';

export const CHECKS = [
  'script-seen',
  'bot-admin',
  'webhook',
  'link-stock',
  'pixel-token',
  'first-click',
  'first-join',
  'first-accepted',
] as const;
export type Check = (typeof CHECKS)[number];

export class CheckView extends FindingView {
  @ApiProperty({ enum: CHECKS }) check!: Check;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When it was last so.' })
  at!: string | null;
}

export class ChecklistView {
  @ApiProperty({ type: [CheckView], description: 'In the order in which one does them.' })
  items!: CheckView[];
  @ApiProperty({ description: 'How many are `ok`.' }) done!: number;
}
