import { InternalApiGuard } from '@clickjoin/service-kit';
import { Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { Matches } from 'class-validator';
import { Erasure, type ErasureReport } from './erasure';

class ErasureBody {
  @Matches(/^[1-9]\d{0,15}$/, { message: '$property must be a Telegram user id, as a decimal string' })
  readonly telegramUserId!: string;
}

@Controller('v1/erasures')
@UseGuards(InternalApiGuard)
export class ErasuresController {
  constructor(private readonly erasure: Erasure) {}

  /** Also for a person of whom nothing is known here: others may know something. */
  @Post()
  @HttpCode(200)
  erase(@Body() { telegramUserId }: ErasureBody): Promise<ErasureReport> {
    return this.erasure.erase(telegramUserId);
  }
}
