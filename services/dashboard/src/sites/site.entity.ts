import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('site')
export class SiteEntity {
  @PrimaryColumn('uuid', { name: 'site_id' }) siteId!: string;
  @Column('text') name!: string;
  @Column('text', { name: 'allowed_origins', array: true }) allowedOrigins!: string[];
  @Column('integer') version!: number;
  @Column('timestamptz', { name: 'configured_at' }) configuredAt!: Date;
}
