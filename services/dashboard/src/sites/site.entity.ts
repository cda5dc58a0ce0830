import type { ReviewBotPolicy, TrackerSettings } from '@clickjoin/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('site')
export class SiteEntity {
  @PrimaryColumn('uuid', { name: 'site_id' }) siteId!: string;
  @Column('text') name!: string;
  @Column('text', { name: 'allowed_origins', array: true }) allowedOrigins!: string[];
  /** Null: contracts' TRACKER_DEFAULTS. */
  @Column('jsonb', { nullable: true }) tracker!: TrackerSettings | null;
  /** Lower-case hex SHA-256; null: the site's servers have no key. */
  @Column('text', { name: 'api_key_hash', nullable: true }) apiKeyHash!: string | null;
  @Column('text', { name: 'review_bots', nullable: true }) reviewBots!: ReviewBotPolicy | null;
  @Column('integer') version!: number;
  @Column('timestamptz', { name: 'configured_at' }) configuredAt!: Date;
}
