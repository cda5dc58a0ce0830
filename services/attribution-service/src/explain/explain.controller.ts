import { InternalApiGuard, Problem } from '@clickjoin/service-kit';
import { Controller, Get, Param, UseGuards } from '@nestjs/common';
import { IsUUID } from 'class-validator';
import { ExplainReader } from './explain.reader';
import type { Explanation } from './explanation';

class JoinParams {
  @IsUUID()
  readonly joinId!: string;
}

/** Why a join was decided as it was: for the dashboard and for support. */
@Controller('v1/joins')
@UseGuards(InternalApiGuard)
export class ExplainController {
  constructor(private readonly reader: ExplainReader) {}

  @Get(':joinId/explain')
  async explain(@Param() { joinId }: JoinParams): Promise<Explanation> {
    const explanation = await this.reader.explain(joinId.toLowerCase());
    if (explanation === undefined)
      throw new Problem(404, { detail: `No join ${joinId} is known here, or it is not kept any more.` });
    return explanation;
  }
}
