import { ApiProperty } from '@nestjs/swagger';
import type { Data } from '../api/data';

/**
 * `ok`; `waiting`: not yet, nothing is wrong; `warning`: works, but look at it; `problem`: does not work;
 * `unknown`: could not be found out.
 */
export const FINDING_STATES = ['ok', 'waiting', 'warning', 'problem', 'unknown'] as const;
export type FindingState = (typeof FINDING_STATES)[number];

export const FINDING_SUBJECTS = ['site', 'channel', 'bot', 'pixel', 'service', 'origin'] as const;
export type FindingSubject = (typeof FINDING_SUBJECTS)[number];

export class FindingDetailView {
  @ApiProperty({ enum: FINDING_SUBJECTS }) kind!: FindingSubject;
  @ApiProperty({ description: 'Its id; of an origin the origin, of a service its name.' }) id!: string;
  @ApiProperty({ description: 'What people call it. May be a stranger’s text.' }) name!: string;
  @ApiProperty({ enum: FINDING_STATES }) state!: FindingState;
  @ApiProperty({ description: 'In plain words.' }) explanation!: string;
}

export class FindingView {
  @ApiProperty({ enum: FINDING_STATES }) state!: FindingState;
  @ApiProperty({ description: 'A few words.' }) title!: string;
  @ApiProperty({ description: 'What is so, in plain words.' }) explanation!: string;
  @ApiProperty({ type: String, nullable: true, description: 'What to do. Null: nothing.' }) advice!:
    string | null;
  @ApiProperty({ type: [FindingDetailView], description: 'Of each bot, channel, pixel or service.' })
  details!: FindingDetailView[];
}

export type Finding = Data<FindingView>;
