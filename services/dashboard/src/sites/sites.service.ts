import { newSettingsId, topics, type SiteConfigured } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { notFound } from '../api/fields';
import { SettingsLog } from '../settings/settings-log';
import type { NewSiteDto, SiteChangeDto } from './site.dto';
import { SiteEntity } from './site.entity';

@Injectable()
export class SitesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly log: SettingsLog,
  ) {}

  list(): Promise<SiteEntity[]> {
    // Ids are in order of time: the oldest site first.
    return this.dataSource.manager.find(SiteEntity, { order: { siteId: 'ASC' } });
  }

  /** @throws Problem 404 */
  async get(siteId: string): Promise<SiteEntity> {
    const site = await this.dataSource.manager.findOneBy(SiteEntity, { siteId });
    if (site === null) throw notFound('site', siteId);
    return site;
  }

  create({ name, allowedOrigins = [] }: NewSiteDto): Promise<SiteEntity> {
    return this.log.change(async (tx) => {
      const site: SiteEntity = { siteId: newSettingsId(), name, allowedOrigins, ...this.log.next() };
      await tx.insert(SiteEntity, site);
      await this.publish(tx, site);
      return site;
    });
  }

  /** What the change leaves out stays. @throws Problem 404 */
  change(siteId: string, { name, allowedOrigins }: SiteChangeDto): Promise<SiteEntity> {
    return this.log.change(async (tx) => {
      const before = await tx.findOne(SiteEntity, {
        where: { siteId },
        lock: { mode: 'pessimistic_write' },
      });
      if (before === null) throw notFound('site', siteId);
      const site: SiteEntity = {
        siteId,
        name: name ?? before.name,
        allowedOrigins: allowedOrigins ?? before.allowedOrigins,
        ...this.log.next(before),
      };
      await tx.update(SiteEntity, { siteId }, site);
      await this.publish(tx, site);
      return site;
    });
  }

  private publish(tx: EntityManager, { configuredAt, ...site }: SiteEntity): Promise<void> {
    const event: SiteConfigured = { ...site, configuredAt: configuredAt.toISOString() };
    return this.log.publish(tx, topics.site, [event]);
  }
}
