import type { SealedSecret, UpdateSource } from '@clickjoin/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('bot')
export class BotEntity {
  @PrimaryColumn('bigint', { name: 'bot_id' }) botId!: string;
  @Column('text') username!: string;
  @Column('text') name!: string;
  /** Sealed, as the next two. They leave this service in the event and nowhere else. */
  @Column('jsonb') token!: SealedSecret;
  @Column('jsonb', { name: 'webhook_secret' }) webhookSecret!: SealedSecret;
  @Column('jsonb', { name: 'previous_webhook_secret', nullable: true })
  previousWebhookSecret!: SealedSecret | null;
  @Column('text', { name: 'updates_by', nullable: true }) updatesBy!: UpdateSource | null;
  @Column('integer') version!: number;
  @Column('timestamptz', { name: 'configured_at' }) configuredAt!: Date;
}
