import { newSettingsId, secretRecords, topics } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource, In, type EntityManager } from 'typeorm';
import { notFound, taken } from '../api/fields';
import { AuditLog } from '../audit/audit-log';
import { fieldChanges } from '../audit/field-changes';
import { Secrets } from '../settings/secrets';
import { SettingsLog } from '../settings/settings-log';
import { violatesUnique } from '../settings/unique-violation';
import type { Actor } from '../sign-in/principal';
import { holdSite } from '../sites/hold-site';
import { toEvent } from './pixel-event';
import { PixelStateEntity } from './pixel-state.entity';
import type { NewPixelDto, PixelChangeDto } from './pixel.dto';
import { PixelEntity } from './pixel.entity';

export interface PixelWithState {
  readonly pixel: PixelEntity;
  /** Undefined: the dispatcher has said nothing of it yet. */
  readonly state: PixelStateEntity | undefined;
}

const AUDITED = {
  secrets: ['accessToken'],
  without: ['pixelId', 'siteId', 'version', 'configuredAt'],
} as const;

@Injectable()
export class PixelsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly secrets: Secrets,
    private readonly log: SettingsLog,
    private readonly audit: AuditLog,
  ) {}

  async list(siteId?: string): Promise<PixelWithState[]> {
    const pixels = await this.dataSource.manager.find(PixelEntity, {
      ...(siteId === undefined ? {} : { where: { siteId } }),
      order: { pixelId: 'ASC' },
    });
    return this.withStates(pixels);
  }

  /** @throws Problem 404 */
  async get(pixelId: string): Promise<PixelWithState> {
    const pixel = await this.dataSource.manager.findOneBy(PixelEntity, { pixelId });
    if (pixel === null) throw notFound('pixel', pixelId);
    return this.withState(pixel);
  }

  /** @throws Problem 404 without the site, 409 when the site has this pixel already. */
  async create(siteId: string, pixel: NewPixelDto, actor: Actor): Promise<PixelWithState> {
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
    return this.write(actor, async (tx) => {
      if (!(await holdSite(tx, siteId))) throw notFound('site', siteId);
      await tx.insert(PixelEntity, row);
      return { before: undefined, row };
    });
  }

  /** What the change leaves out stays, the token too. @throws Problem 404, 409 */
  change(pixelId: string, change: PixelChangeDto, actor: Actor): Promise<PixelWithState> {
    return this.write(actor, async (tx) => {
      const before = await this.locked(tx, pixelId);
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
      return { before, row };
    });
  }

  /** @throws Problem 404 */
  remove(pixelId: string, actor: Actor): Promise<void> {
    return this.log.change(async (tx) => {
      const { name } = await this.locked(tx, pixelId);
      await tx.delete(PixelEntity, { pixelId });
      await this.log.publishRemoval(tx, topics.pixel, pixelId);
      await this.audit.write(tx, { actor, action: 'removed', subject: { kind: 'pixel', id: pixelId, name } });
    });
  }

  private async locked(tx: EntityManager, pixelId: string): Promise<PixelEntity> {
    const pixel = await tx.findOne(PixelEntity, { where: { pixelId }, lock: { mode: 'pessimistic_write' } });
    if (pixel === null) throw notFound('pixel', pixelId);
    return pixel;
  }

  private async write(
    actor: Actor,
    work: (tx: EntityManager) => Promise<{ before: PixelEntity | undefined; row: PixelEntity }>,
  ): Promise<PixelWithState> {
    try {
      const pixel = await this.log.change(async (tx) => {
        const { before, row } = await work(tx);
        await this.log.publish(tx, topics.pixel, [toEvent(row)]);
        await this.audit.write(tx, {
          actor,
          action: before === undefined ? 'created' : 'changed',
          subject: { kind: 'pixel', id: row.pixelId, name: row.name },
          changes: fieldChanges(before, row, AUDITED),
        });
        return row;
      });
      return await this.withState(pixel);
    } catch (error) {
      if (violatesUnique(error, 'pixel_code_once_a_site'))
        throw taken('pixelCode', 'is the code of another pixel of this site');
      throw error;
    }
  }

  private async withState(pixel: PixelEntity): Promise<PixelWithState> {
    const [found = { pixel, state: undefined }] = await this.withStates([pixel]);
    return found;
  }

  private async withStates(pixels: readonly PixelEntity[]): Promise<PixelWithState[]> {
    const states = await this.dataSource.manager.findBy(PixelStateEntity, {
      pixelId: In(pixels.map(({ pixelId }) => pixelId)),
    });
    const byPixel = new Map(states.map((state) => [state.pixelId, state]));
    return pixels.map((pixel) => ({ pixel, state: byPixel.get(pixel.pixelId) }));
  }
}
