import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsUUID } from 'class-validator';
import { FindingView } from './finding.dto';

export const PILLS = ['webhook', 'stock', 'pixel', 'lag'] as const;
export type Pill = (typeof PILLS)[number];

export class HealthQuery {
  @ApiPropertyOptional({ format: 'uuid', description: 'Only what concerns this site; lag concerns all.' })
  @IsOptional()
  @IsUUID()
  siteId?: string;
}

export class PillView extends FindingView {
  @ApiProperty({
    enum: PILLS,
    description:
      '`webhook`: updates come in. `stock`: invite links are there. `pixel`: TikTok takes events. `lag`: the services keep up.',
  })
  pill!: Pill;
}

export class HealthView {
  @ApiProperty({ type: [PillView], description: 'All four, always in this order.' }) pills!: PillView[];
}
