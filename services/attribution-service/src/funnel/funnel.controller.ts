import { TELEGRAM_CHAT_ID, type Clock } from '@clickjoin/contracts';
import { CLOCK, InternalApiGuard, Problem } from '@clickjoin/service-kit';
import { Controller, Get, Inject, Query, UseGuards } from '@nestjs/common';
import { IsISO8601, IsOptional, Matches } from 'class-validator';
import { FunnelReader, type FunnelHour } from './funnel.reader';

const DAY_MS = 86_400_000;
const LONGEST_DAYS = 92;

class FunnelQuery {
  @IsOptional()
  @Matches(TELEGRAM_CHAT_ID, { message: '$property must be the id of a Telegram chat' })
  readonly chatId?: string;

  @IsOptional() @IsISO8601({ strict: true, strictSeparator: true }) readonly from?: string;
  @IsOptional() @IsISO8601({ strict: true, strictSeparator: true }) readonly to?: string;
}

/** Clicks, joins and attributed joins per channel and hour (UTC), also of clicks that led nowhere. */
@Controller('v1/funnel')
@UseGuards(InternalApiGuard)
export class FunnelController {
  constructor(
    private readonly reader: FunnelReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Without times: the last 24 hours. `from` is part of it, `to` is not. */
  @Get()
  async list(@Query() { chatId, from, to }: FunnelQuery): Promise<{ items: readonly FunnelHour[] }> {
    const toMs = to === undefined ? this.clock.now() + 1 : Date.parse(to);
    const fromMs = from === undefined ? toMs - DAY_MS : Date.parse(from);
    if (fromMs > toMs || toMs - fromMs > LONGEST_DAYS * DAY_MS) {
      const message = `must be before "to", and at most ${LONGEST_DAYS} days`;
      throw new Problem(400, { detail: `from ${message}`, errors: [{ field: 'from', message }] });
    }
    return { items: await this.reader.hours({ chatId, fromMs, toMs }) };
  }
}
