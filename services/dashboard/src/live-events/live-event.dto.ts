import { ApiProperty } from '@nestjs/swagger';

/** What has something new since the last event. */
export const CHANGED_KINDS = [
  'clicks',
  'joins',
  'deliveries',
  'channels',
  'bots',
  'pixels',
  'sites',
  'access',
] as const;
export type ChangedKind = (typeof CHANGED_KINDS)[number];

/** The `data` of an event `changed`. */
export class ChangedView {
  @ApiProperty({ enum: CHANGED_KINDS, isArray: true, description: 'Ask again for what you show of these.' })
  kinds!: ChangedKind[];
}
