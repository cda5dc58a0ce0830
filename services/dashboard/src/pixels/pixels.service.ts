import { newSettingsId, secretRecords, topics, type PixelConfigured } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { notFound, taken } from '../api/fields';
import { Secrets } from '../settings/secrets';
import { SettingsLog } from '../settings/settings-log';
import { violatesUnique } from '../settings/unique-violation';
import { SitesService } from '../sites/sites.service';
import type { NewPixelDto, PixelChangeDto } from './pixel.dto';
import { PixelEntity } from './pixel.entity';

@Injectable()
export class PixelsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sites: SitesService,
    private readonly secrets: Secrets,
    private readonly log: SettingsLog,
  ) {}

  list(siteId?: string): Promise<PixelEntity[]> {
    return this.dataSource.manager.find(PixelEntity, {
      ...(siteId === undefined ? {} : { where: { siteId } }),
      order: { pixelId: 'ASC' },
    });
  }

  /** @throws Problem 404 without the site, 409 when the site has this pixel already. */
  async create(siteId: string, pixel: NewPixelDto): Promise<PixelEntity> {
    await this.sites.get(siteId);
    const pixelId = newSettingsId();
    const row: PixelEntity = {
      pixelId,
      siteId,
      name: pixel.name,
      pixelCode: pixel.pixelCode,
      wireFormat: pixel.wireFormat ?? '1.0',
      accessToken: this.secrets.seal(secretRecords.pixelAccessToken(pixelId), pixel.accessToken),
      testEventCode: pixel.testEventCode ?? null,
      isPaused: false,
      ...this.log.next(),
    };
    return this.write(async (tx) => {
      await tx.insert(PixelEntity, row);
      return row;
    });
  }

  /** What the change leaves out stays, the token too. @throws Problem 404, 409 */
  change(pixelId: string, change: PixelChangeDto): Promise<PixelEntity> {
    return this.write(async (tx) => {
      const before = await tx.findOne(PixelEntity, {
        where: { pixelId },
        lock: { mode: 'pessimistic_write' },
      });
      if (before === null) throw notFound('pixel', pixelId);
      const row: PixelEntity = {
        pixelId,
        siteId: before.siteId,
        name: change.name ?? before.name,
        pixelCode: change.pixelCode ?? before.pixelCode,
        wireFormat: change.wireFormat ?? before.wireFormat,
        accessToken:
          change.accessToken === undefined
            ? before.accessToken
            : this.secrets.seal(secretRecords.pixelAccessToken(pixelId), change.accessToken),
        testEventCode: change.testEventCode === undefined ? before.testEventCode : change.testEventCode,
        isPaused: change.isPaused ?? before.isPaused,
        ...this.log.next(before),
      };
      await tx.update(PixelEntity, { pixelId }, row);
      return row;
    });
  }

  private async write(work: (tx: EntityManager) => Promise<PixelEntity>): Promise<PixelEntity> {
    try {
      return await this.log.change(async (tx) => {
        const pixel = await work(tx);
        await this.log.publish(tx, topics.pixel, [toEvent(pixel)]);
        return pixel;
      });
    } catch (error) {
      if (violatesUnique(error, 'pixel_code_once_a_site'))
        throw taken('pixelCode', 'is the code of another pixel of this site');
      throw error;
    }
  }
}

function toEvent({ testEventCode, configuredAt, ...pixel }: PixelEntity): PixelConfigured {
  return {
    ...pixel,
    ...(testEventCode === null ? {} : { testEventCode }),
    configuredAt: configuredAt.toISOString(),
  };
}
