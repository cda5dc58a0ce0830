import { Controller, Get, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { topics, type PixelConfigured } from '@clickjoin/contracts';
import { InjectTable, type SettingsTable } from '@clickjoin/kafka';
import { InternalApiGuard, Problem } from '@clickjoin/service-kit';
import { IsUUID } from 'class-validator';
import { SendWorker } from '../send/send.worker';
import { PixelPauses, RESUMED } from './pixel-pauses';
import { PixelStatusStore, type PixelStatus } from './pixel-status.store';

class PixelParams {
  @IsUUID()
  readonly pixelId!: string;
}

@UseGuards(InternalApiGuard)
@Controller('v1/pixels')
export class PixelsController {
  constructor(
    private readonly pauses: PixelPauses,
    private readonly statuses: PixelStatusStore,
    private readonly worker: SendWorker,
    @InjectTable(topics.pixel) private readonly pixels: SettingsTable<PixelConfigured>,
  ) {}

  @Get(':pixelId')
  async getPixel(@Param() { pixelId }: PixelParams): Promise<PixelStatus> {
    this.pixelOf(pixelId);
    return this.statuses.find(pixelId);
  }

  /** Ends TikTok's refusal; what waits goes, oldest first. Does nothing to a pixel that is active. */
  @Post(':pixelId/resume')
  @HttpCode(200)
  async resume(@Param() { pixelId }: PixelParams): Promise<PixelStatus> {
    const pixel = this.pixelOf(pixelId);
    if (pixel.isPaused) {
      throw new Problem(409, {
        detail: 'The pixel is paused in its settings. Resume it there.',
      });
    }
    if (await this.pauses.resume(pixel, RESUMED.byHand)) this.worker.wakeForUpkeep();
    return this.statuses.find(pixelId);
  }

  private pixelOf(pixelId: string): PixelConfigured {
    const pixel = this.pixels.get(pixelId);
    if (pixel === undefined) throw new Problem(404, { detail: `There is no pixel ${pixelId}.` });
    return pixel;
  }
}
