import { Body, Controller, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { topics, type PixelConfigured } from '@clickjoin/contracts';
import { InjectTable, type SettingsTable } from '@clickjoin/kafka';
import { InternalApiGuard, Problem } from '@clickjoin/service-kit';
import { IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import { PixelTests, type PixelTest } from './pixel-tests';

class PixelParams {
  @IsUUID()
  readonly pixelId!: string;
}

class PixelTestRequest {
  /** From Events Manager → Test Events; without it, that of the pixel's settings. */
  @IsOptional() @IsString() @MaxLength(100) readonly testEventCode?: string;
}

@UseGuards(InternalApiGuard)
@Controller('v1/pixels/:pixelId/test')
export class PixelTestsController {
  constructor(
    private readonly tests: PixelTests,
    @InjectTable(topics.pixel) private readonly pixels: SettingsTable<PixelConfigured>,
  ) {}

  @Post()
  @HttpCode(200)
  async test(
    @Param() { pixelId }: PixelParams,
    @Body() { testEventCode }: PixelTestRequest,
  ): Promise<PixelTest> {
    const pixel = this.pixels.get(pixelId);
    if (pixel === undefined) throw new Problem(404, { detail: `There is no pixel ${pixelId}.` });
    const code = testEventCode?.trim() || pixel.testEventCode?.trim();
    if (!code) {
      throw new Problem(400, {
        detail: 'A test event needs the test event code from TikTok Events Manager → Test Events.',
      });
    }
    return this.tests.test(pixel, code);
  }
}
