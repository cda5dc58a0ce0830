import type { SealedSecret, WireFormat } from '@clickjoin/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('pixel')
export class PixelEntity {
  @PrimaryColumn('uuid', { name: 'pixel_id' }) pixelId!: string;
  @Column('uuid', { name: 'site_id' }) siteId!: string;
  @Column('text') name!: string;
  @Column('text', { name: 'pixel_code' }) pixelCode!: string;
  @Column('text', { name: 'wire_format' }) wireFormat!: WireFormat;
  /** Sealed. Leaves this service in the event and nowhere else. */
  @Column('jsonb', { name: 'access_token' }) accessToken!: SealedSecret;
  @Column('text', { name: 'test_event_code', nullable: true }) testEventCode!: string | null;
  @Column('boolean', { name: 'is_paused' }) isPaused!: boolean;
  @Column('integer') version!: number;
  @Column('timestamptz', { name: 'configured_at' }) configuredAt!: Date;
}
