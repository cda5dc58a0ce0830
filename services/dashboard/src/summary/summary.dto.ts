import { DELIVERY_STATES, ORGANIC_REASONS, VERDICTS } from '@clickjoin/contracts';
import { ApiProperty } from '@nestjs/swagger';

type Counts = Record<string, number>;
const counts = (keys: readonly string[], description: string) => ({
  type: 'object' as const,
  additionalProperties: { type: 'integer' },
  description: `${description}: ${keys.join(', ')}. What did not occur is left out.`,
});

export class AttemptsSummary {
  @ApiProperty() total!: number;
  @ApiProperty({ description: 'Those after the first of their delivery.' }) retried!: number;
  @ApiProperty(counts(VERDICTS, 'By verdict')) byVerdict!: Counts;
}

export class SummaryView {
  @ApiProperty() clicks!: number;
  @ApiProperty({ description: 'Clicks that were given an invite link of their own.' })
  clicksAttributable!: number;
  @ApiProperty({ description: 'The sum of attributed, organic and waiting.' }) joins!: number;
  @ApiProperty() attributed!: number;
  @ApiProperty(counts(ORGANIC_REASONS, 'By reason')) organic!: Counts;
  @ApiProperty({ description: 'Joins whose attribution is not decided yet.' }) waiting!: number;
  @ApiProperty(counts(DELIVERY_STATES, 'By state')) deliveries!: Counts;
  @ApiProperty({ type: AttemptsSummary }) attempts!: AttemptsSummary;
}
