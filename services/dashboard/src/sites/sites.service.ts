import { createHash, randomBytes } from 'node:crypto';
import { newSettingsId, topics, TRACKER_DEFAULTS } from '@clickjoin/contracts';
import { Problem } from '@clickjoin/service-kit';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Data } from '../api/data';
import { notFound } from '../api/fields';
import { AuditLog } from '../audit/audit-log';
import type { AuditAction } from '../audit/audit.dto';
import { fieldChanges } from '../audit/field-changes';
import { SettingsLog } from '../settings/settings-log';
import type { Actor } from '../sign-in/principal';
import { toEvent } from './site-event';
import type { NewSiteDto, SiteChangeDto, TrackerChangeDto } from './site.dto';
import { SiteEntity } from './site.entity';

const NOT_SETTINGS = { secrets: ['apiKeyHash'], without: ['siteId', 'version', 'configuredAt'] } as const;

@Injectable()
export class SitesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly log: SettingsLog,
    private readonly audit: AuditLog,
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

  create({ name, allowedOrigins = [], tracker, reviewBots }: NewSiteDto, actor: Actor): Promise<SiteEntity> {
    return this.log.change(async (tx) => {
      const site: SiteEntity = {
        siteId: newSettingsId(),
        name,
        allowedOrigins,
        tracker: mergedTracker(null, tracker),
        apiKeyHash: null,
        reviewBots: reviewBots ?? null,
        ...this.log.next(),
      };
      await tx.insert(SiteEntity, site);
      return this.publish(tx, 'created', undefined, site, actor);
    });
  }

  /** What the change leaves out stays. @throws Problem 404 */
  change(
    siteId: string,
    { name, allowedOrigins, tracker, reviewBots }: SiteChangeDto,
    actor: Actor,
  ): Promise<SiteEntity> {
    return this.update(siteId, 'changed', actor, (before) => ({
      name: name ?? before.name,
      allowedOrigins: allowedOrigins ?? before.allowedOrigins,
      tracker: mergedTracker(before.tracker, tracker),
      reviewBots: reviewBots ?? before.reviewBots,
    }));
  }

  /** @returns the key, which is stored nowhere. One before it no longer works. @throws Problem 404 */
  async makeApiKey(siteId: string, actor: Actor): Promise<string> {
    const key = `cjs_${randomBytes(32).toString('base64url')}`;
    const apiKeyHash = createHash('sha256').update(key, 'utf8').digest('hex');
    await this.update(siteId, 'key-made', actor, () => ({ apiKeyHash }));
    return key;
  }

  /** @throws Problem 404 */
  async removeApiKey(siteId: string, actor: Actor): Promise<void> {
    await this.update(siteId, 'key-removed', actor, () => ({ apiKeyHash: null }));
  }

  /**
   * Its joins and deliveries stay, in the lists over all sites.
   * @throws Problem 404, 409 while channels or pixels belong to it.
   */
  remove(siteId: string, actor: Actor): Promise<void> {
    return this.log.change(async (tx) => {
      // Before the site, as a set-up takes its channel before the site: the other way round the two could deadlock.
      await tx.query('SELECT 1 FROM channel WHERE site_id = $1 ORDER BY chat_id FOR UPDATE', [siteId]);
      const site = await this.locked(tx, siteId);
      const rows: readonly { channels: number; pixels: number }[] = await tx.query(
        `SELECT (SELECT count(*)::int FROM channel WHERE site_id = $1 AND slug IS NOT NULL) AS channels,
                (SELECT count(*)::int FROM pixel WHERE site_id = $1) AS pixels`,
        [siteId],
      );
      const { channels = 0, pixels = 0 } = rows[0] ?? {};
      if (channels + pixels > 0) {
        throw new Problem(409, {
          title: 'Still in use',
          detail: `The site still has ${counted(channels, 'channel')} and ${counted(pixels, 'pixel')}: remove these first.`,
        });
      }
      // Of channels whose set-up was removed: their old joins then belong to no site.
      await tx.query('UPDATE channel SET site_id = NULL WHERE site_id = $1', [siteId]);
      await tx.delete(SiteEntity, { siteId });
      await this.log.publishRemoval(tx, topics.site, siteId);
      const subject = { kind: 'site', id: siteId, name: site.name } as const;
      await this.audit.write(tx, { actor, action: 'removed', subject });
    });
  }

  private update(
    siteId: string,
    action: AuditAction,
    actor: Actor,
    change: (before: Data<SiteEntity>) => Partial<SiteEntity>,
  ): Promise<SiteEntity> {
    return this.log.change(async (tx) => {
      const before: Data<SiteEntity> = await this.locked(tx, siteId);
      const site: SiteEntity = { ...before, ...change(before), ...this.log.next(before) };
      await tx.save(SiteEntity, site);
      return this.publish(tx, action, before, site, actor);
    });
  }

  private async locked(tx: EntityManager, siteId: string): Promise<SiteEntity> {
    const site = await tx.findOne(SiteEntity, { where: { siteId }, lock: { mode: 'pessimistic_write' } });
    if (site === null) throw notFound('site', siteId);
    return site;
  }

  private async publish(
    tx: EntityManager,
    action: AuditAction,
    before: Data<SiteEntity> | undefined,
    site: SiteEntity,
    actor: Actor,
  ): Promise<SiteEntity> {
    await this.log.publish(tx, topics.site, [toEvent(site)]);
    const subject = { kind: 'site', id: site.siteId, name: site.name } as const;
    await this.audit.write(tx, { actor, action, subject, changes: fieldChanges(before, site, NOT_SETTINGS) });
    return site;
  }
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** Stays unset until somebody sets something: defaults may change. */
const mergedTracker = (
  before: SiteEntity['tracker'],
  change: TrackerChangeDto | undefined,
): SiteEntity['tracker'] =>
  change === undefined
    ? before
    : {
        isEnabled: change.isEnabled ?? before?.isEnabled ?? TRACKER_DEFAULTS.isEnabled,
        keepDays: change.keepDays ?? before?.keepDays ?? TRACKER_DEFAULTS.keepDays,
        needsConsent: change.needsConsent ?? before?.needsConsent ?? TRACKER_DEFAULTS.needsConsent,
        respectsDoNotTrack:
          change.respectsDoNotTrack ?? before?.respectsDoNotTrack ?? TRACKER_DEFAULTS.respectsDoNotTrack,
      };
