import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class FieldFaultView {
  @ApiProperty({ description: 'Path of the field: `attribution.windowMs`.' }) field!: string;
  @ApiProperty({ description: 'What is wrong with it; reads on after the name of the field.' })
  message!: string;
}

/** What every error looks like: `application/problem+json` (RFC 9457). */
export class ProblemView {
  @ApiProperty({ description: 'A URI that names the kind of problem, or `about:blank`.' }) type!: string;
  @ApiProperty({ description: 'Two words or so, the same for every occurrence.' }) title!: string;
  @ApiProperty({ description: 'The HTTP status.' }) status!: number;
  @ApiPropertyOptional({ description: 'What happened this time, for the person who reads it.' })
  detail?: string;
  @ApiPropertyOptional({ type: [FieldFaultView], description: 'The faulty fields, to be shown at them.' })
  errors?: FieldFaultView[];
}
