import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { By, type Actor } from '../sign-in/principal';
import { ErasureDto, ErasureView } from './erasure.dto';
import { Erasures } from './erasures';

@ApiTags('privacy')
@Controller('v1/erasures')
export class ErasuresController {
  constructor(private readonly erasures: Erasures) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({
    summary:
      'Forget a person: personal data of their joins and clicks goes from all services. Cannot be undone',
  })
  @ApiAcceptedResponse({ type: ErasureView, description: 'Every service erases its own within moments.' })
  erase(@Body() { telegramUserId }: ErasureDto, @By() actor: Actor): Promise<ErasureView> {
    return this.erasures.erase(telegramUserId, actor);
  }
}
